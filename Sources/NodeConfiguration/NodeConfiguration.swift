// NodeConfiguration
