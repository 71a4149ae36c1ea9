// Package modlab is a laboratory for single mechanisms: one .mod file on one compartment under a protocol. It traces
// every variable step by step, shows what a file is and what it costs, and draws its voltage dependence.
package modlab
