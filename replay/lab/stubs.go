//go:build linux

package main

import "context"
import "errors"

func (s *stage) startPrograms(ctx context.Context) error { return nil }
func (s *stage) startDaemon(r *room) error               { return errors.New("todo") }
func (s *stage) closePorts(r *room) error                { return errors.New("todo") }
func (s *stage) openDaemonCall(id string) (relay, error) { return nil, errors.New("todo") }

func daemons() []scenario  { return nil }
func programs() []scenario { return nil }
