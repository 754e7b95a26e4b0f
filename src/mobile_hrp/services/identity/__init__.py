"""Who somebody is: signing in, sessions, devices, credentials and roles."""
