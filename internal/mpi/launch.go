package mpi

import (
	"os"
	"strconv"
)

// sizeVariables name the environment variables in which launchers tell a
// process how many ranks its job has.
var sizeVariables = []string{
	"OMPI_COMM_WORLD_SIZE", // Open MPI's mpirun
	"PMI_SIZE",             // MPICH's Hydra, Intel MPI, Slurm with --mpi=pmi2
	"MV2_COMM_WORLD_SIZE",  // MVAPICH2
	"PALS_SIZE",            // HPE Cray
	"SLURM_STEP_NUM_TASKS", // srun; unlike SLURM_NTASKS not set in the batch script itself
}

// rankVariables are set by launchers that tell no size.
var rankVariables = []string{"PMIX_RANK", "PMI_RANK", "ALPS_APP_PE"}

// Launched reports whether an MPI launcher (mpirun, mpiexec, srun) started
// this process together with others. It looks at the environment only. A
// program that runs alone need not start MPI, which saves 0.1 to 0.5 s; so a
// launcher that says it started one process counts as none.
func Launched() bool {
	if n := ExpectedSize(); n > 0 {
		return n > 1
	}
	for _, name := range rankVariables {
		if os.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// ExpectedSize returns the number of ranks the launcher says it started, 0
// when it says none.
func ExpectedSize() int {
	for _, name := range sizeVariables {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
			return n
		}
	}
	return 0
}
