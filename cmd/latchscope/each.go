package main

import "github.com/spf13/cobra"

func (a *analysis) runEach(cmd *cobra.Command, args []string, t *terminal) error { return nil }
