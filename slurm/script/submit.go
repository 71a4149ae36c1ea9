package script

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Submit hands a script to sbatch and returns the id of the job.
func Submit(ctx context.Context, file string) (id string, err error) {
	cmd := exec.CommandContext(ctx, "sbatch", "--parsable", file)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("could not submit %s: sbatch is not in the PATH; is this a machine of the cluster?", file)
	}
	if err != nil {
		return "", fmt.Errorf("could not submit %s: %w\n%s", file, err, strings.TrimSpace(stderr.String()))
	}
	// "id", or "id;cluster" where there are several.
	id, _, _ = strings.Cut(strings.TrimSpace(string(text)), ";")
	if id == "" {
		return "", fmt.Errorf("could not submit %s: sbatch gave no job id", file)
	}
	return id, nil
}
