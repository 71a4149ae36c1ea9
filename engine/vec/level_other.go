//go:build !amd64

package vec

func bestLevel() Level { return Go }

func useLevel(Level) {}
