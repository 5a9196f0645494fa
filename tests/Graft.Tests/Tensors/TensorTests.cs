using Graft.Tensors;

namespace Graft.Tests.Tensors;

public unsafe class TensorTests
{
    [Fact]
    public void AnEmptyTensorHasNoElements()
    {
        using Tensor tensor = new([0]);
        Assert.Equal(0, tensor.Span.Length);
        Assert.Equal((nuint)0, (nuint)tensor.Pointer % 64);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(1000)]
    [InlineData(1_000_003)]
    public void TheFirstElementIsAlignedAndNeverMoves(int length)
    {
        using Tensor tensor = new([length]);
        nuint address = (nuint)tensor.Pointer;
        Assert.Equal((nuint)0, address % 64);
        Assert.Equal(length, tensor.Span.Length);
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
        Assert.Equal(address, (nuint)tensor.Pointer);
        tensor.Span[length - 1] = 3;
        Assert.Equal(3, tensor.Pointer[length - 1]);
    }

    [Fact]
    public void MemoryOfADisposedTensorIsUsedAgainAndCleared()
    {
        // A size that no other test asks for; of the tensors in a row at least one gets memory that an earlier one had.
        const int Length = 5_000_011;
        HashSet<nuint> addresses = [];
        int reused = 0;
        for (int i = 0; i < 12; i++)
        {
            using Tensor tensor = new([Length]);
            if (!addresses.Add((nuint)tensor.Pointer)) reused++;
            Assert.Equal(-1, tensor.Span.IndexOfAnyExcept(0f));
            tensor.Span.Fill(7);
        }

        Assert.True(reused > 0);
    }

    [Fact]
    public void AnUninitializedTensorOfAReusedSizeStillHasItsOwnLength()
    {
        using Tensor tensor = Tensor.Uninitialized([3, 5, 7]);
        Assert.Equal(105, tensor.Span.Length);
        Assert.Equal([3, 5, 7], tensor.Shape);
    }

    [Fact]
    public void TwoLiveTensorsDoNotShareMemory()
    {
        using Tensor a = new([100]), b = new([100]);
        a.Span.Fill(1);
        b.Span.Fill(2);
        Assert.Equal(-1, a.Span.IndexOfAnyExcept(1f));
    }

    [Fact]
    public void ValuesAreCopied()
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        using Tensor tensor = new([2, 3], values);
        values[0] = 9;
        Assert.Equal([1, 2, 3, 4, 5, 6], tensor.Span.ToArray());
        ArgumentException error = Assert.Throws<ArgumentException>(() => new Tensor([2, 3], new float[5]));
        Assert.Equal("A tensor of shape [2, 3] takes 6 values, not 5. (Parameter 'values')", error.Message);
    }

    [Fact]
    public void ADisposedTensorIsNotUsed()
    {
        Tensor tensor = new([4]);
        tensor.Dispose();
        tensor.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => tensor.Pointer == null);
    }

    [Fact]
    public void ATensorHasABoundedNumberOfElements()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Tensor([1 << 16, 1 << 15]));
        Assert.Throws<OverflowException>(() => new Tensor([int.MaxValue, int.MaxValue, int.MaxValue]));
    }
}
