module netsim/benchmarks

go 1.26

require netsim v0.0.0

replace netsim => ../
