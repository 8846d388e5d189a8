// Entry points by the names under which the package manager looks for them; each hands over to libFuzzer.
