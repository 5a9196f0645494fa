using Graft.Cli.TableFiles;

namespace Graft.Cli.Tests.TableFiles;

/// <summary>Numbers as tables write them: marks between thousands, currency and percent signs, yes and no.</summary>
public sealed class NumberTests : TableTest
{
    [Theory]
    [InlineData("1.234,5 7 8", "1234.5 7 8", "Commas are decimal marks (column 'x').|Points stand between thousands (column 'x').")]
    [InlineData("1.234 1,5", "1234 1.5", "Commas are decimal marks (column 'x').|Points stand between thousands (column 'x').")]
    [InlineData("1,234 12.5", "1234 12.5", "Commas stand between thousands (column 'x').")]
    [InlineData("1,234,567 12.5", "1234567 12.5", "Commas stand between thousands (column 'x').")]
    [InlineData("1,234,567 1.234", "1234567 1.234", "Commas stand between thousands (column 'x').")]
    [InlineData("12,34,567.5", "1234567.5", "Commas stand between thousands (column 'x').")]
    [InlineData("0,125 1,250", "0.125 1.25", "Commas are decimal marks (column 'x').")]
    [InlineData("0.125 1.250", "0.125 1.25", "")]
    [InlineData("1234,567", "1234.567", "Commas are decimal marks (column 'x').")]
    [InlineData("1234.567 1.234", "1234.567 1.234", "")]
    [InlineData("1.234e3 5.678", "1234 5.678", "")]
    [InlineData("1'234.5 2'000", "1234.5 2000", "")]
    [InlineData("-1.234,50", "-1234.5", "Commas are decimal marks (column 'x').|Points stand between thousands (column 'x').")]
    [InlineData("$1,234.50 $12.00", "1234.5 12", "Commas stand between thousands (column 'x').|Amounts are in $ (column 'x').")]
    [InlineData("-€5 €7", "-5 7", "Amounts are in € (column 'x').")]
    [InlineData("5.5EUR (7.25)", "5.5 -7.25", "Amounts are in EUR (column 'x').")]
    [InlineData("12% 7.5%", "12 7.5", "\"12%\" and the like are read without the percent sign (column 'x').")]
    [InlineData("True False TRUE", "1 0 1", "Yes or true is read as 1, no or false as 0 (column 'x').")]
    [InlineData("yes no", "1 0", "Yes or true is read as 1, no or false as 0 (column 'x').")]
    public void WhatTheColumnTellsIsRead(string cells, string values, string notes)
    {
        SeriesTable table = Read(Cells(cells));
        Assert.Equal(values.Split(' ').Select(value => double.Parse(value, System.Globalization.CultureInfo.InvariantCulture)), table.Series(0));
        Assert.Equal(notes.Split('|', StringSplitOptions.RemoveEmptyEntries), table.Notes);
    }

    [Theory]
    [InlineData("112,000 118,000", "112000 118000", "112 118", "\"112,000\" in row 2 may be 112000 or 112.000, and no number decides. Say which: --decimal . if it is 112000, --decimal , if it is 112.000.")]
    [InlineData("112.000 118.000", "112 118", "112000 118000", "\"112.000\" in row 2 may be 112000 or 112.000, and no number decides. Say which: --decimal , if it is 112000, --decimal . if it is 112.000.")]
    [InlineData("700 980 1,010", "700 980 1010", "700 980 1.01", "\"1,010\" in row 4 may be 1010 or 1.010, and no number decides. Say which: --decimal . if it is 1010, --decimal , if it is 1.010.")]
    public void ThreeDigitsAfterEveryMarkAreAsked(string cells, string byPoint, string byComma, string error)
    {
        Assert.Equal($"'t.csv', column 'x': {error}", Fails(Cells(cells)));
        Assert.Equal(byPoint, string.Join(' ', Read(Cells(cells), new() { Decimal = '.' }).Series(0).Select(value => value.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        Assert.Equal(byComma, string.Join(' ', Read(Cells(cells), new() { Decimal = ',' }).Series(0).Select(value => value.ToString(System.Globalization.CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void RepeatedMarksAreAsked()
    {
        Assert.Equal("'t.csv', column 'x': \"1,234,567\" in row 2 has more than one ','. Say --decimal . if these stand between thousands.", Fails(Cells("1,234,567 2,000,000")));
        Assert.Equal([1234567, 2000000], Read(Cells("1,234,567 2,000,000"), new() { Decimal = '.' }).Series(0));
        Assert.Equal("'t.csv', row 2, column 'x': \"1,234,567\" is not a number by --decimal ,. Correct the cell, or leave it empty if the value is not known.", Fails(Cells("1,234,567 2,000,000"), new() { Decimal = ',' }));
    }

    [Fact]
    public void AnotherColumnMayDecide()
    {
        Assert.Equal([1.25, 2.5], Read("x;y\n1.250;0.5\n2.500;1.5\n").Series(0));
        Assert.Equal([1250, 2500], Read("x;y\n1,250;0.5\n2,500;1.5\n").Series(0));
    }

    [Theory]
    [InlineData("1.5 2,5", "'t.csv', column 'x': row 2 has a decimal point (\"1.5\") and row 3 a decimal comma (\"2,5\"). Write all numbers alike.")]
    [InlineData("1,5 1,234,567", "'t.csv', column 'x': in row 2 ',' is a decimal mark (\"1,5\"), in row 3 it stands more than once (\"1,234,567\"). Write all numbers alike.")]
    [InlineData("1.234 1,234", "'t.csv', column 'x': \"1.234\" in row 2 and \"1,234\" in row 3 have different marks. Say which is the decimal mark with --decimal . or --decimal ,")]
    [InlineData("$5 €7", "'t.csv', column 'x': row 2 is in $ and row 3 in €. Bring all amounts into one currency.")]
    [InlineData("5% 7", "'t.csv', column 'x': \"5%\" in row 2 is in percent, and \"7\" in row 3 is not. Write all cells alike.")]
    [InlineData("1 2 yes", "'t.csv', row 4, column 'x': \"yes\" is not a number. Correct the cell, or leave it empty if the value is not known.")]
    [InlineData("1 2 $x", "'t.csv', row 4, column 'x': \"$x\" is not a number. Correct the cell, or leave it empty if the value is not known.")]
    [InlineData("1 2 1,23,4.5", "'t.csv', row 4, column 'x': \"1,23,4.5\" is not a number. Correct the cell, or leave it empty if the value is not known.")]
    public void WhatContradictsIsAnError(string cells, string error) => Assert.Equal(error, Fails(Cells(cells)));

    [Fact]
    public void YesAndNoAreForecastOnlyWhereNamed()
    {
        Assert.Equal(["sales"], TableReader.Read(Write("open,sales\nyes,1\nno,2\n"), new(), Cancellation).Names);
        Assert.Equal(
            "No column has numbers; 'open' has yes and no, which is forecast only if it is named: --target 'open'.",
            Assert.Throws<ArgumentsException>(() => TableReader.Read(Write("open,city\nyes,Oslo\nno,Oslo\n"), new(), Cancellation)).Message);
        Assert.Equal(["open"], TableReader.Read(Write("open,city\nyes,Oslo\nno,Oslo\n"), new() { Targets = ["open"] }, Cancellation).Names);
    }

    private static string Cells(string cells) => "x;y\n" + string.Join("\n", cells.Split(' ').Select(cell => $"{cell};a"));
}
