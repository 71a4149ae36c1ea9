package engine

import "netsim/libm"

// CODATA 2018, as NEURON 9 has them (nrnoc/nrnunits_modern.h): products of doubles, so they are variables here; a Go
// constant expression would be exact.
var (
	elementaryCharge = 1.602176634e-19 // C
	avogadro         = 6.02214076e+23  // 1/mol
	boltzmann        = 1.380649e-23    // J/K

	faraday     = float64(elementaryCharge * avogadro) // C/mol
	gasConstant = float64(boltzmann * avogadro)        // J/(mol K)
)

// nernst is NEURON's nrn_nernst (nrnoc/eion.cpp): ktf/z·log(xo/xi) in mV, with ±1e6 where a concentration is not positive.
func nernst(xi, xo, ktfPerCharge float64) float64 {
	if xi <= 0 {
		return 1e6
	}
	if xo <= 0 {
		return -1e6
	}
	return ktfPerCharge * libm.Log(xo/xi)
}

// ktf is 1000·R·T/F in mV, in NEURON's association.
func ktf(celsius float64) float64 {
	return 1000 * gasConstant * (celsius + 273.15) / faraday
}

// Ion styles as nrn_promote keeps them: the largest of what the mechanisms at a node ask for.
const (
	unused   = 0
	constant = 1 // read
	computed = 2 // reversal potential: from the concentrations
	state    = 3 // written by a mechanism
)

// promote notes one mechanism's use of the ion at an instance (nrnoc/eion.cpp: nrn_promote).
func (ion *ionInst) promote(k int32, conc, rev uint8) {
	ion.conc[k] = max(ion.conc[k], conc)
	ion.rev[k] = max(ion.rev[k], rev)
	if ion.conc[k] > 0 && ion.rev[k] < computed {
		ion.rev[k] = computed
	}
}

// settle decides once all mechanisms are inserted what happens at finitialize and in every step.
func (ion *ionInst) settle() {
	for k := range ion.nodes {
		k32 := int32(k)
		if ion.conc[k] == state {
			ion.setConc = append(ion.setConc, k32)
			if ion.rev[k] == computed {
				ion.everyStep = append(ion.everyStep, k32)
			}
		}
		if ion.conc[k] > 0 && ion.rev[k] == computed {
			ion.atInit = append(ion.atInit, k32)
		}
	}
}

// finitialize is NEURON's ion_init.
func (ion *ionInst) finitialize() {
	for _, k := range ion.setConc {
		ion.xi[k], ion.xo[k] = ion.ion.Xi0, ion.ion.Xo0
	}
	ion.nernstAt(ion.atInit)
}

// startCurrents is NEURON's ion_cur: the current of the ion starts at 0, and its reversal potential follows the
// concentrations where a mechanism writes them.
func (ion *ionInst) startCurrents() {
	clear(ion.i)
	clear(ion.didv)
	ion.nernstAt(ion.everyStep)
}

func (ion *ionInst) nernstAt(list []int32) {
	if ion.ion.Valence == 0 {
		for _, k := range list {
			ion.e[k] = 0
		}
		return
	}
	for _, k := range list {
		ion.e[k] = nernst(ion.xi[k], ion.xo[k], ion.ktfPerUnit)
	}
}
