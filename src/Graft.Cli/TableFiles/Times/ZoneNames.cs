using System.Buffers;
using System.Globalization;

namespace Graft.Cli.TableFiles.Times;

/// <summary>Names of time zones. Those that stand for several zones have no offset here.</summary>
internal static class ZoneNames
{
    private const string Zones =
        "Z 0 UTC 0 GMT 0 WET 0 WEST 1 CET 1 CEST 2 MEZ 1 MESZ 2 EET 2 EEST 3 MSK 3 SAST 2 EST -5 EDT -4 CDT -5 MST -7 MDT -6 PST -8 PDT -7 AKST -9 AKDT -8 HST -10 "
        + "JST 9 KST 9 AWST 8 ACST 9.5 ACDT 10.5 AEST 10 AEDT 11 NZST 12 NZDT 13";

    private static readonly Dictionary<string, double> Hours =
        Zones.Split(' ').Chunk(2).ToDictionary(zone => zone[0], zone => double.Parse(zone[1], CultureInfo.InvariantCulture), StringComparer.OrdinalIgnoreCase);

    // China's and America's, Bangladesh's and Britain's: beside the name of the other half of the year it is clear which.
    private static readonly (string Name, string Beside, double Hours)[] Paired = [("CST", "CDT", -6), ("BST", "GMT", 1), ("IST", "GMT", 1)];

    /// <summary>What names of zones are made of: CET, America/New_York, Etc/GMT+1.</summary>
    public static SearchValues<char> Letters { get; } = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_+-");

    /// <summary>A name as one object for all cells: "Z" where it is UTC.</summary>
    public static string Shared(ReadOnlySpan<char> name) =>
        name.Equals("Z", StringComparison.OrdinalIgnoreCase) || name.Equals("UTC", StringComparison.OrdinalIgnoreCase) || name.Equals("GMT", StringComparison.OrdinalIgnoreCase)
            ? name.Length == 3 && name[0] is 'G' or 'g' ? "GMT" : "Z" : string.Intern(name.ToString());

    /// <summary>How far a zone is ahead of UTC; null where its name does not say.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="beside">All names of the column.</param>
    public static TimeSpan? Offset(string name, IReadOnlyCollection<string> beside)
    {
        if (Hours.TryGetValue(name, out double hours)) return TimeSpan.FromHours(hours);
        foreach ((string paired, string other, double ahead) in Paired)
        {
            if (name.Equals(paired, StringComparison.OrdinalIgnoreCase) && beside.Contains(other, StringComparer.OrdinalIgnoreCase)) return TimeSpan.FromHours(ahead);
        }

        return null;
    }
}
