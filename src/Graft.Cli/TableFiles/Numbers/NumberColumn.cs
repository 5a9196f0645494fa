using Graft.Formats;

namespace Graft.Cli.TableFiles.Numbers;

/// <summary>Collects the numbers of one column, NaN where a value is missing. What a mark in them means may depend on other rows: <see cref="Finish"/> decides.</summary>
/// <param name="file">The file's name.</param>
/// <param name="name">The column's.</param>
/// <param name="given">The decimal mark that the user has named; null: found.</param>
internal sealed class NumberColumn(string file, string name, char? given = null)
{
    private readonly DecimalMarks marks = new();

    // What is wrong in a row is told at the end: the row may be a line below the table.
    private readonly CellSample?[] bad = new CellSample?[2];
    private readonly int[] badPlace = new int[2];
    private double[] values = new double[1024];

    // The same with a decimal comma, from the first number on that has a mark.
    private double[]? commas;
    private int count;
    private CellSample? flag, number, currency, otherCurrency, percent, noPercent;
    private int flagPlace;

    /// <summary>The column's name.</summary>
    public string Name => name;

    /// <summary>The values so far.</summary>
    public ReadOnlySpan<double> Values => values.AsSpan(0, count);

    /// <summary>How many of them are missing.</summary>
    public int Missing { get; private set; }

    /// <summary>The decimal mark that was decided; null: no number depends on one.</summary>
    public char? DecimalMark { get; private set; }

    /// <summary>Adds a cell.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="row">Its row as a spreadsheet counts them, from 1.</param>
    public void Add(ReadOnlySpan<char> text, int row)
    {
        if (NumberText.TryBare(text, out ReadOnlySpan<char> bare, out NumberText round))
        {
            bool isPoint = NumberText.TryParse(bare, '.', out double point), hasMarks = bare.ContainsAny('.', ',');
            double comma = point;
            bool isComma = hasMarks ? NumberText.TryParse(bare, ',', out comma) : isPoint;
            if (isPoint || isComma)
            {
                if (hasMarks) marks.Add(bare, row);
                Round(text, round, row);
                number ??= new(row, text.ToString());
                int sign = round.IsNegative ? -1 : 1;
                if (!isPoint) Bad(0, text, row);
                if (!isComma) Bad(1, text, row);
                Add(isPoint ? sign * point : double.NaN, isComma ? sign * comma : double.NaN, hasMarks);
                return;
            }
        }

        if (Cell.IsMissing(text))
        {
            Add(double.NaN, double.NaN, differs: false);
            return;
        }

        if (Cell.TryFlag(text, out bool yes))
        {
            if (flag is null) (flag, flagPlace) = (new(row, text.Trim().ToString()), count);
            Add(yes ? 1 : 0, yes ? 1 : 0, differs: false);
            return;
        }

        Bad(0, text, row);
        Bad(1, text, row);
        Add(double.NaN, double.NaN, differs: false);
    }

    /// <summary>Adds a number; NaN and infinity count as missing.</summary>
    public void Add(double value) => Add(double.IsFinite(value) ? value : double.NaN, double.IsFinite(value) ? value : double.NaN, differs: false);

    /// <summary>Decides what the numbers are.</summary>
    /// <param name="rows">How many of them are rows of the table.</param>
    /// <param name="others">What other columns of the file tell of decimal marks.</param>
    /// <param name="notes">Is told of signs and marks that were left out.</param>
    /// <exception cref="GraftException">A cell is no number, or numbers do not tell what their marks mean.</exception>
    public void Finish(int rows, DecimalMarks? others, List<string> notes)
    {
        string where = $"'{file}', column '{name}'";
        count = rows;
        char mark = given ?? marks.Decide(where, others);
        int reading = mark == ',' ? 1 : 0;
        if (flag is { } yes && number is { } other && flagPlace < rows)
        {
            if (other.Row < yes.Row) throw NoNumber(yes);
            throw new GraftException($"{where}: {Cell.Quoted(yes.Text)} in row {yes.Row} is yes or no, and {Cell.Quoted(other.Text)} in row {other.Row} is a number. Write all cells alike.");
        }

        if (bad[reading] is { } cell && badPlace[reading] < rows) throw NoNumber(cell);
        if (currency is not null && otherCurrency is not null)
            throw new GraftException($"{where}: row {currency.Row} is in {currency.Text} and row {otherCurrency.Row} in {otherCurrency.Text}. Bring all amounts into one currency.");
        if (percent is not null && noPercent is not null)
            throw new GraftException($"{where}: {Cell.Quoted(percent.Text)} in row {percent.Row} is in percent, and {Cell.Quoted(noPercent.Text)} in row {noPercent.Row} is not. Write all cells alike.");
        if (mark == ',' && commas is not null) values = commas;
        commas = null;
        Missing = 0;
        foreach (double value in Values)
        {
            if (double.IsNaN(value)) Missing++;
        }

        if (marks.IsSeen) DecimalMark = mark;
        if (marks.Has(',')) notes.Add($"Commas {(mark == ',' ? "are decimal marks" : "stand between thousands")} (column '{name}').");
        if (marks.Has('.') && mark == ',') notes.Add($"Points stand between thousands (column '{name}').");
        if (currency is not null) notes.Add($"Amounts are in {currency.Text} (column '{name}').");
        if (percent is not null) notes.Add($"{Cell.Quoted(percent.Text)} and the like are read without the percent sign (column '{name}').");
        if (flag is not null) notes.Add($"Yes or true is read as 1, no or false as 0 (column '{name}').");
    }

    private GraftException NoNumber(CellSample cell) =>
        new($"'{file}', row {cell.Row}, column '{name}': {Cell.Quoted(cell.Text)} is not a number{(given is { } mark ? $" by --decimal {mark}" : "")}. Correct the cell, or leave it empty if the value is not known.");

    private void Round(ReadOnlySpan<char> text, in NumberText round, int row)
    {
        if (round.Currency is { } sign)
        {
            currency ??= new(row, sign);
            if (currency.Text != sign) otherCurrency ??= new(row, sign);
        }

        if (round.IsPercent) percent ??= new(row, text.Trim().ToString());
        else noPercent ??= new(row, text.Trim().ToString());
    }

    private void Bad(int reading, ReadOnlySpan<char> text, int row)
    {
        if (bad[reading] is null) (bad[reading], badPlace[reading]) = (new(row, text.Trim().ToString()), count);
    }

    private void Add(double point, double comma, bool differs)
    {
        if (count == values.Length)
        {
            Array.Resize(ref values, 2 * count);
            if (commas is not null) Array.Resize(ref commas, 2 * count);
        }

        if (differs && commas is null)
        {
            commas = new double[values.Length];
            values.AsSpan(0, count).CopyTo(commas);
        }

        if (commas is not null) commas[count] = comma;
        values[count++] = point;
    }
}
