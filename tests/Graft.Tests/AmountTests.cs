namespace Graft.Tests;

/// <summary>Singular and plural.</summary>
public class AmountTests
{
    [Theory]
    [InlineData(0, "image", null, "0 images")]
    [InlineData(1, "image", null, "1 image")]
    [InlineData(2, "held-out image", null, "2 held-out images")]
    [InlineData(1, "class", null, "1 class")]
    [InlineData(12345, "class", null, "12,345 classes")]
    [InlineData(3, "batch", null, "3 batches")]
    [InlineData(3, "month", null, "3 months")]
    [InlineData(2, "epoch", null, "2 epochs")]
    [InlineData(2, "entry", null, "2 entries")]
    [InlineData(2, "day", null, "2 days")]
    [InlineData(2, "row is", "rows are", "2 rows are")]
    [InlineData(1, "row is", "rows are", "1 row is")]
    [InlineData(2, "series", "series", "2 series")]
    public void ANumberAgreesWithItsWord(long count, string one, string? many, string text) => Assert.Equal(text, Amount.Of(count, one, many));
}
