using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Tests.Networks;

public class PaddingTests
{
    [Theory]
    [InlineData(224, 3, 2, 1, 0, 1, 112)]
    [InlineData(7, 3, 2, 1, 1, 1, 4)]
    [InlineData(8, 3, 1, 1, 1, 1, 8)]
    [InlineData(8, 5, 2, 1, 1, 2, 4)]
    [InlineData(9, 5, 2, 1, 2, 2, 5)]
    [InlineData(14, 1, 2, 1, 0, 0, 7)]
    [InlineData(10, 3, 1, 2, 2, 2, 10)]
    [InlineData(10, 3, 2, 2, 1, 2, 5)]
    [InlineData(10, 2, 3, 1, 0, 1, 4)]
    [InlineData(9, 2, 4, 1, 0, 1, 3)]
    [InlineData(8, 2, 4, 1, 0, 0, 2)]
    [InlineData(1, 7, 2, 1, 3, 3, 1)]
    public void SameFollowsTensorFlow(int size, int kernel, int stride, int dilation, int before, int after, int output)
    {
        Assert.Equal((before, after), Padding.Same.Vertical(size, kernel, stride, dilation));
        Assert.Equal((before, after), Padding.Same.Horizontal(size, kernel, stride, dilation));
        Conv2d conv = new(4, kernel) { Stride = stride, Dilation = dilation, Padding = Padding.Same };
        Assert.Equal([1, output, output, 4], conv.OutputShape([[1, size, size, 3]]));
    }

    [Fact]
    public void FixedAmountsAreIndependentOfTheSize()
    {
        Padding padding = new(false, 1, 2, 3, 4);
        Assert.Equal((1, 2), padding.Vertical(9, 3, 2, 1));
        Assert.Equal((3, 4), padding.Horizontal(9, 3, 2, 1));
        Assert.Equal((2, 2), Padding.Symmetric(2).Vertical(9, 3, 2, 1));
        Assert.Equal((0, 0), Padding.None.Horizontal(9, 3, 2, 1));
    }

    [Fact]
    public void PaddingsArePrinted()
    {
        Assert.Equal("same", Padding.Same.ToString());
        Assert.Equal("0", Padding.None.ToString());
        Assert.Equal("2", Padding.Symmetric(2).ToString());
        Assert.Equal("0,1,0,1", new Padding(false, 0, 1, 0, 1).ToString());
    }
}
