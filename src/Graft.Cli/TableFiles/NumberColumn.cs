namespace Graft.Cli.TableFiles;

/// <summary>Collects the numbers of one column, NaN where a value is missing.</summary>
/// <param name="file">The file's name.</param>
/// <param name="name">The column's.</param>
internal sealed class NumberColumn(string file, string name)
{
    private double[] values = new double[1024];
    private int count, pointRow, commaRow;

    /// <summary>The column's name.</summary>
    public string Name => name;

    /// <summary>The values so far.</summary>
    public ReadOnlySpan<double> Values => values.AsSpan(0, count);

    /// <summary>How many of them are missing.</summary>
    public int Missing { get; private set; }

    /// <summary>Whether numbers were written with a decimal comma.</summary>
    public bool HasDecimalComma => commaRow > 0;

    /// <summary>Adds a cell.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="row">Its row as a spreadsheet counts them, from 1.</param>
    /// <exception cref="GraftException">It is neither a number nor missing.</exception>
    public void Add(ReadOnlySpan<char> text, int row)
    {
        if (Cell.TryNumber(text, out double number, out char mark))
        {
            if (mark == '.' && pointRow == 0) pointRow = row;
            if (mark == ',' && commaRow == 0) commaRow = row;
            if (pointRow > 0 && commaRow > 0)
                throw new GraftException($"'{file}', column '{name}': row {pointRow} has a decimal point and row {commaRow} a decimal comma. Write all numbers alike, without marks between thousands.");
            Add(number);
        }
        else if (Cell.IsMissing(text))
        {
            Add(double.NaN);
        }
        else
        {
            string shown = text.Length <= 40 ? text.ToString() : $"{text[..40]}...";
            throw new GraftException($"'{file}', row {row}, column '{name}': \"{shown}\" is not a number. Correct the cell, or leave it empty if the value is not known.");
        }
    }

    /// <summary>Adds a number; NaN and infinity count as missing.</summary>
    public void Add(double number)
    {
        if (count == values.Length) Array.Resize(ref values, 2 * count);
        if (!double.IsFinite(number))
        {
            number = double.NaN;
            Missing++;
        }

        values[count++] = number;
    }
}
