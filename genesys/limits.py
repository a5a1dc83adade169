"""Numbers that Genesys sets; ours live in the rules, the operator's in the settings."""

TOKEN_LIFETIME_S = 86_400  # default of a client's accessTokenValiditySeconds; genesys-platform 1.1
SHORTEST_TOKEN_LIFETIME_S = 300  # the least a client can be set to; genesys-platform 1.1
LONGEST_TOKEN_LIFETIME_S = 38_880_000  # of SCIM clients; genesys-platform 1.1
LONGEST_TOKEN = 8_192  # characters; what common servers take as one header line
ANSWER_DEPTH = 32  # nesting of any JSON answer; reliability section 2, "JSON bombs"
