//go:build !race

package fuzzing

// slower is what the build costs in time.
const slower = 1
