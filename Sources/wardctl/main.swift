// wardctl
