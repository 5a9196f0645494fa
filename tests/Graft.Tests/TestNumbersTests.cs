using static Graft.Testing.TestNumbers;

namespace Graft.Tests;

/// <summary>The comparisons that other tests rest on.</summary>
public class TestNumbersTests
{
    private static readonly float[] Right = [1, -4, 2];

    [Theory]
    [InlineData(0, float.NaN)]
    [InlineData(1, float.NaN)]
    [InlineData(2, float.NaN)]
    [InlineData(0, float.PositiveInfinity)]
    [InlineData(0, 1.5f)]
    [InlineData(1, -4.5f)]
    [InlineData(2, 2.5f)]
    public void WhatIsNotCloseFailsWhereverItIs(int index, float value)
    {
        float[] wrong = [.. Right];
        wrong[index] = value;
        Assert.ThrowsAny<Exception>(() => AssertClose(Right, wrong, 0.1));
        Assert.ThrowsAny<Exception>(() => AssertNear(Right, wrong, 0.1));
        Assert.ThrowsAny<Exception>(() => AssertWithin(Array.ConvertAll(Right, x => (double)x), Array.ConvertAll(wrong, x => (double)x), 0.4));
    }

    [Fact]
    public void WhatIsNotANumberFailsWhereItIsExpectedToo()
    {
        float[] nan = [1, float.NaN, 2];
        Assert.ThrowsAny<Exception>(() => AssertClose(nan, nan, 0.1));
        Assert.ThrowsAny<Exception>(() => AssertNear(nan, nan, 0.1));
    }

    [Fact]
    public void WhatIsClosePasses()
    {
        AssertClose(Right, [1.4f, -4.4f, 1.6f], 0.1001);
        AssertNear(Right, [1.4f, -4, 2], 0.1);
        AssertWithin([1, 2], [1.5, 1.5], 0.5);
        AssertClose([], [], 0);
    }
}
