using System.Globalization;

namespace Graft.Bench;

/// <summary>What the operating system says of this process.</summary>
internal static class ProcessMemory
{
    /// <summary>The most memory that this process ever had resident, in MB of 2^20 bytes; 0 where there is no /proc.</summary>
    public static double PeakMegabytes()
    {
        const string Status = "/proc/self/status";
        if (!File.Exists(Status)) return 0;
        string line = File.ReadLines(Status).First(text => text.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }
}
