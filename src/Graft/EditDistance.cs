namespace Graft;

/// <summary>How far two names are apart, for suggestions.</summary>
internal static class EditDistance
{
    private const int Longest = 128;

    /// <summary>
    /// The fewest insertions, deletions and replacements of letters, and exchanges of neighbours, that turn one name into the other, where no part is edited twice
    /// (optimal string alignment; Damerau 1964).
    /// </summary>
    public static int Between(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        if (a.Length > Longest || b.Length > Longest) return Math.Max(a.Length, b.Length);
        Span<int> before = stackalloc int[Longest + 1], last = stackalloc int[Longest + 1], row = stackalloc int[Longest + 1];
        for (int j = 0; j <= b.Length; j++) row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            Span<int> free = before;
            before = last;
            last = row;
            row = free;
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(row[j - 1], last[j]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
        }

        return row[b.Length];
    }

    /// <summary>The nearest of some names, if one is near enough to be a slip: at most a third of the letters apart.</summary>
    public static string? Nearest(string name, IEnumerable<string> among)
    {
        (string? nearest, int distance) = (null, (name.Length / 3) + 1);
        foreach (string other in among)
        {
            if (Math.Abs(other.Length - name.Length) >= distance) continue;
            int apart = Between(name, other);
            if (apart < distance) (nearest, distance) = (other, apart);
        }

        return nearest;
    }
}
