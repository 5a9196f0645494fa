using System.Globalization;
using System.Text;
using Graft.Numerics;
using Graft.Reservoirs.Series;

namespace Graft.Tests.Reservoirs.Series;

public class DataSetTests
{
    [Fact]
    public void TheLaserSeriesIsNumbersApartByAnythingBlank()
    {
        Matrix series = SantaFeLaser.Read(new StringReader("  86\n 141\r\n\n95  41\t22\n"));
        Assert.Equal([86, 141, 95, 41, 22], series.Values.ToArray());
        Assert.Equal((5, 1), (series.Rows, series.Columns));
    }

    [Fact]
    public void ALaserSeriesWithAWordInItIsRefused()
    {
        Assert.Equal(
            "Line 2 has \"x\" where a number is expected. Give the published file as it is.",
            Assert.Throws<GraftException>(() => SantaFeLaser.Read(new StringReader("86\n141 x"))).Message);
        Assert.Equal("A series has at least one number; this text has none.", Assert.Throws<GraftException>(() => SantaFeLaser.Read(new StringReader("\n"))).Message);
    }

    [Theory]
    [InlineData(270, "")]
    [InlineData(370, "")]
    [InlineData(270, "1.0 1.0 1.0 1.0 1.0 1.0 1.0 1.0 1.0 1.0 1.0 1.0")]
    public void VowelsAreUtterancesWithTheirSpeakers(int utterances, string between)
    {
        LabelledSequences read = JapaneseVowels.Read(new StringReader(Text(utterances, between)));
        Assert.Equal(utterances, read.Sequences.Count);
        for (int i = 0; i < utterances; i++)
        {
            Assert.Equal((7 + (i % 23), 12), (read.Sequences[i].Rows, read.Sequences[i].Columns));
            Assert.Equal(i + 0.25, read.Sequences[i][3, 5]);
        }

        IReadOnlyList<int> counts = utterances == 270 ? JapaneseVowels.TrainUtterances : JapaneseVowels.TestUtterances;
        Assert.Equal(counts, read.Labels.GroupBy(label => label).OrderBy(group => group.Key).Select(group => group.Count()));
        Assert.Equal(read.Labels.Order(), read.Labels);
    }

    [Fact]
    public void AFileThatIsNotTheVowelsIsRefused()
    {
        Assert.Equal(
            "ae.train has 270 utterances and ae.test 370; this file has 3. Give the published files as they are.",
            Assert.Throws<GraftException>(() => JapaneseVowels.Read(new StringReader(Text(3, "")))).Message);
        Assert.Equal(
            "A line of Japanese Vowels has 12 coefficients; line 2 has 2. Give the published file as it is.",
            Assert.Throws<GraftException>(() => JapaneseVowels.Read(new StringReader("1 2 3 4 5 6 7 8 9 10 11 12\n1 2"))).Message);
    }

    private static string Text(int utterances, string between)
    {
        StringBuilder text = new();
        for (int i = 0; i < utterances; i++)
        {
            for (int row = 0; row < 7 + (i % 23); row++)
                text.AppendJoin(' ', Enumerable.Range(0, 12).Select(j => (row == 3 && j == 5 ? i + 0.25 : 0.5).ToString(CultureInfo.InvariantCulture))).Append('\n');
            text.Append(between).Append('\n');
        }

        return text.ToString();
    }
}
