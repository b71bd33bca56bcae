package main

import (
	"strings"

	"github.com/spf13/cobra"
)

// registerTimezone adds --timezone, which completes.
func registerTimezone(cmd *cobra.Command, value *string, usage string) {
	cmd.Flags().StringVar(value, "timezone", "UTC", usage)
	_ = cmd.RegisterFlagCompletionFunc("timezone", func(_ *cobra.Command, _ []string, got string) ([]string, cobra.ShellCompDirective) {
		var out []string
		for _, z := range strings.Fields(zones) {
			if strings.HasPrefix(strings.ToLower(z), strings.ToLower(got)) {
				out = append(out, z)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	})
}

// zones are those offered for completion: the capitals of the map, so to say.
// Every name of the zone database is taken.
const zones = `UTC Local
Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos Africa/Nairobi
America/Anchorage America/Argentina/Buenos_Aires America/Bogota America/Chicago America/Denver America/Halifax
America/Lima America/Los_Angeles America/Mexico_City America/New_York America/Phoenix America/Santiago
America/Sao_Paulo America/Toronto America/Vancouver
Asia/Bangkok Asia/Dhaka Asia/Dubai Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Karachi Asia/Kolkata Asia/Manila
Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Taipei Asia/Tehran Asia/Tokyo
Atlantic/Azores Atlantic/Reykjavik
Australia/Adelaide Australia/Brisbane Australia/Melbourne Australia/Perth Australia/Sydney
Europe/Amsterdam Europe/Athens Europe/Belgrade Europe/Berlin Europe/Brussels Europe/Bucharest Europe/Budapest
Europe/Copenhagen Europe/Dublin Europe/Helsinki Europe/Istanbul Europe/Kyiv Europe/Lisbon Europe/London
Europe/Luxembourg Europe/Madrid Europe/Moscow Europe/Oslo Europe/Paris Europe/Prague Europe/Rome Europe/Sofia
Europe/Stockholm Europe/Tallinn Europe/Vienna Europe/Vilnius Europe/Warsaw Europe/Zagreb Europe/Zurich
Pacific/Auckland Pacific/Honolulu`
