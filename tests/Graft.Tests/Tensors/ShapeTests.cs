using Graft.Tensors;

namespace Graft.Tests.Tensors;

public class ShapeTests
{
    [Fact]
    public void ExtentsAreReadFromEitherEnd()
    {
        Shape shape = [2, 3, 5, 7];
        Assert.Equal(4, shape.Rank);
        Assert.Equal(2, shape[0]);
        Assert.Equal(7, shape[^1]);
        Assert.Equal(210, shape.Count);
        Assert.Equal("[2, 3, 5, 7]", shape.ToString());
        Assert.Equal([2, 3, 11, 7], shape.With(2, 11));
        Assert.Equal([2, 3, 5, 13], shape.With(^1, 13));
        Assert.Equal([2, 3, 5, 7], shape);
    }

    [Fact]
    public void AScalarHasOneElement()
    {
        Assert.Equal(1, Shape.Create([]).Count);
        Assert.Equal(1, default(Shape).Count);
        Assert.Equal("[]", default(Shape).ToString());
        Assert.True(default == Shape.Create([]));
    }

    [Fact]
    public void ShapesAreComparedByTheirExtents()
    {
        Shape a = [1, 2], b = [1, 2], c = [2, 1], d = [1, 2, 1];
        Assert.True(a == b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.True(a != c);
        Assert.False(a.Equals(d));
        Assert.False(a.Equals("[1, 2]"));
    }

    [Fact]
    public void CountsAreOf64Bits()
    {
        Assert.Equal(1L << 40, Shape.Create([1 << 20, 1 << 20]).Count);
        Assert.Equal(0, Shape.Create([5, 0, 7]).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => Shape.Create([1, -1]));
    }
}
