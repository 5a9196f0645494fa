namespace Graft.Formats;

/// <summary>How far two names are apart, for suggestions.</summary>
internal static class EditDistance
{
    private const int Longest = 128;

    /// <summary>The fewest insertions, deletions and replacements of letters that turn one name into the other (Levenshtein 1966).</summary>
    public static int Between(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        Span<int> row = stackalloc int[Longest + 1];
        if (a.Length > Longest || b.Length > Longest) return Math.Max(a.Length, b.Length);
        for (int j = 0; j <= b.Length; j++) row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j - 1], diagonal) + 1);
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
