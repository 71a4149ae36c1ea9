// Package constructs compares constructs of NMODL one by one with NEURON: reference.json.gz is what record.py made
// NEURON compute, bit for bit.
package constructs
