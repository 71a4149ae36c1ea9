// Command netsim runs networks of biophysically detailed neurons: mpirun -np 64 netsim config.json
package main

import (
	"os"

	"netsim/internal/cli"
	"netsim/internal/mpi"
	"netsim/spikeexchange"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Process{
		Stdout: os.Stdout,
		Stderr: os.Stderr,
		MPI:    mpi.Version,
		Ranks: func(f func(spikeexchange.Exchanger) error) error {
			if !mpi.Launched() {
				return f(spikeexchange.NewLocal())
			}
			return mpi.Run(func(c *mpi.Comm) error { return f(spikeexchange.NewMPI(c)) })
		},
	}))
}
