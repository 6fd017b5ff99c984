using System.Globalization;
using AlignService.Contracts.V1;
using Google.Protobuf.WellKnownTypes;

namespace AlignService.Cli.Commands;

/// <summary>How access is written for people.</summary>
internal static class AccessText
{
    public static string Role(Role role) => role.ToString().ToLowerInvariant();

    public static string Time(Timestamp? time) => time is null ? "" : time.ToDateTimeOffset().ToString("u", CultureInfo.InvariantCulture);
}
