"""Where the settings come from: defaults, a TOML file, the environment, flags; each value with its origin."""
