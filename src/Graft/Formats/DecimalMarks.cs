namespace Graft.Formats;

/// <summary>What numbers tell of the marks in them: which one is the decimal mark, and which stands between thousands.</summary>
/// <remarks>
/// A mark that three digits follow may be either: <c>112,000</c>. It is a decimal mark where some number has it otherwise (<c>1,5</c>, <c>0,125</c>, <c>1234,567</c>), or stands after the other mark
/// (<c>1.234,5</c>).
/// </remarks>
internal sealed class DecimalMarks
{
    private readonly Evidence point = new('.'), comma = new(',');

    private sealed class Evidence(char mark)
    {
        public char Mark => mark;

        // The first number where it is the decimal mark, where it is written twice, where it may be either.
        public CellSample? Decides { get; set; }

        public CellSample? Repeats { get; set; }

        public CellSample? Asks { get; set; }

        // Whether it stands before the decimal mark of some number.
        public bool Groups { get; set; }

        public bool IsSeen => Decides is not null || Repeats is not null || Asks is not null;
    }

    /// <summary>Looks at a number.</summary>
    /// <param name="bare">The number, nothing round it.</param>
    /// <param name="row">Its row.</param>
    public void Add(ReadOnlySpan<char> bare, int row)
    {
        int lastPoint = bare.LastIndexOf('.'), lastComma = bare.LastIndexOf(',');
        if (lastPoint < 0 && lastComma < 0) return;
        if (lastPoint >= 0 && lastComma >= 0)
        {
            Evidence last = lastPoint > lastComma ? point : comma;
            last.Decides ??= new(row, bare.ToString());
            (last == point ? comma : point).Groups = true;
            return;
        }

        Evidence only = lastPoint >= 0 ? point : comma;
        int place = Math.Max(lastPoint, lastComma), first = bare.IndexOf(only.Mark);
        if (first < place)
        {
            only.Repeats ??= new(row, bare.ToString());
            return;
        }

        ReadOnlySpan<char> before = bare[..place].TrimStart("+-"), after = bare[(place + 1)..];
        bool mayGroup = before.Length is >= 1 and <= 3 && before[0] != '0' && after.Length == 3 && !before.ContainsAnyExceptInRange('0', '9') && !after.ContainsAnyExceptInRange('0', '9');
        if (mayGroup) only.Asks ??= new(row, bare.ToString());
        else only.Decides ??= new(row, bare.ToString());
    }

    /// <summary>The decimal mark.</summary>
    /// <param name="where">The file and the column, for errors.</param>
    /// <param name="others">What other columns of the file tell; null: nothing.</param>
    /// <exception cref="GraftException">Numbers contradict each other, or tell nothing.</exception>
    public char Decide(string where, DecimalMarks? others)
    {
        if (point.Decides is { } p && comma.Decides is { } c)
            throw new GraftException($"{where}: row {p.Row} has a decimal point (\"{p.Text}\") and row {c.Row} a decimal comma (\"{c.Text}\"). Write all numbers alike.");
        foreach (Evidence mark in (Evidence[])[point, comma])
        {
            if (mark.Decides is { } decides && mark.Repeats is { } repeats)
                throw new GraftException($"{where}: in row {decides.Row} '{mark.Mark}' is a decimal mark (\"{decides.Text}\"), in row {repeats.Row} it stands more than once (\"{repeats.Text}\"). Write all numbers alike.");
            if (mark.Decides is not null) return mark.Mark;
        }

        if (!point.IsSeen && !comma.IsSeen) return '.';
        if (point.IsSeen && comma.IsSeen)
        {
            // What is written twice in a number stands between thousands: the other is the decimal mark.
            if (point.Repeats is null && comma.Repeats is not null) return '.';
            if (comma.Repeats is null && point.Repeats is not null) return ',';
            (CellSample one, CellSample other) = ((point.Asks ?? point.Repeats)!, (comma.Asks ?? comma.Repeats)!);
            throw new GraftException($"{where}: \"{one.Text}\" in row {one.Row} and \"{other.Text}\" in row {other.Row} have different marks. Say which is the decimal mark with --decimal . or --decimal ,");
        }

        if (others?.Known is { } known) return known;
        Evidence seen = point.IsSeen ? point : comma;
        char twin = seen.Mark == '.' ? ',' : '.';
        if (seen.Asks is { } asks)
        {
            string plain = asks.Text.Replace(seen.Mark.ToString(), ""), part = asks.Text.Replace(',', '.');
            throw new GraftException($"{where}: \"{asks.Text}\" in row {asks.Row} may be {plain} or {part}, and no number decides. Say which: --decimal {twin} if it is {plain}, --decimal {seen.Mark} if it is {part}.");
        }

        throw new GraftException($"{where}: \"{seen.Repeats!.Text}\" in row {seen.Repeats.Row} has more than one '{seen.Mark}'. Say --decimal {twin} if these stand between thousands.");
    }

    /// <summary>Whether any number has a mark.</summary>
    public bool IsSeen => point.IsSeen || comma.IsSeen;

    /// <summary>Whether any number has this mark.</summary>
    public bool Has(char mark)
    {
        Evidence evidence = mark == ',' ? comma : point;
        return evidence.IsSeen || evidence.Groups;
    }

    /// <summary>Whether a number by itself would not tell: three digits after its only mark.</summary>
    public static bool Asks(string bare)
    {
        DecimalMarks marks = new();
        marks.Add(bare, 1);
        return marks.point.Asks is not null || marks.comma.Asks is not null;
    }

    private char? Known => (point.Decides, comma.Decides) switch { (not null, null) => '.', (null, not null) => ',', _ => null };
}
