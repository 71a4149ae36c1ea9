module netsim/benchmarks

go 1.26

require netsim v0.0.0

require golang.org/x/sys v0.30.0 // indirect

replace netsim => ../
