using Graft.Kernels.Quantization;

namespace Graft.Tests.Kernels.Quantization;

public class ByteGridTests
{
    [Theory]
    [InlineData(0, 255, 1, 0)]
    [InlineData(-128, 127, 1, 128)]
    [InlineData(-1, 1, 2.0 / 255, 128)]
    [InlineData(3, 51, 0.2, 0)]
    [InlineData(-51, -3, 0.2, 255)]
    [InlineData(0, 0, 1, 0)]
    [InlineData(0, 1e-31, 1, 0)]
    [InlineData(0, 2.5e32, 2.5e32 / 255, 0)]
    public void AGridHoldsTheRangeAndZero(double low, double high, double scale, int zeroPoint)
    {
        ByteGrid grid = ByteGrid.Over(low, high);
        Assert.Equal(new ByteGrid((float)scale, zeroPoint), grid);
        Assert.Equal(0f, grid.Nearest(0));
        Assert.Equal(Math.Min(low, 0), grid.Range.Low, 0.5001 * scale);
        Assert.Equal((-zeroPoint * grid.Scale, (255 - zeroPoint) * grid.Scale), (grid.Range.Low, grid.Range.High));
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(0, double.PositiveInfinity)]
    [InlineData(-1e300, 1)]
    [InlineData(0, 2.56e32)]
    public void ARangeWithoutEndIsRefused(double low, double high) => Assert.Throws<ArgumentOutOfRangeException>(() => ByteGrid.Over(low, high));

    [Fact]
    public void EveryByteIsTheNearestOfItsNumber()
    {
        foreach (ByteGrid grid in (ByteGrid[])[new(1, 0), new(0.1f, 128), new(1e-30f, 255), new(1e30f, 3), new(6f / 255, 0)])
            for (int q = 0; q <= 255; q++) Assert.Equal((q, grid.At((byte)q)), (grid.Of(grid.At((byte)q)), grid.Nearest(grid.At((byte)q))));
    }

    [Theory]
    [InlineData(0.5f, 100)]
    [InlineData(1.5f, 102)]
    [InlineData(2.5f, 102)]
    [InlineData(-0.5f, 100)]
    [InlineData(-1.5f, 98)]
    [InlineData(0.49999997f, 100)]
    [InlineData(155.5f, 255)]
    [InlineData(1e30f, 255)]
    [InlineData(float.PositiveInfinity, 255)]
    [InlineData(-100.5f, 0)]
    [InlineData(float.NegativeInfinity, 0)]
    public void HalvesGoToTheEvenAndWhatIsBeyondToTheEnd(float x, byte q) => Assert.Equal(q, new ByteGrid(1, 100).Of(x));
}
