using System.Runtime.InteropServices;

namespace Graft.Tests.Kernels;

/// <summary>
/// Memory between two guards that are not a number: a kernel that writes outside is found by <see cref="AssertGuards"/>, one that uses what
/// lies outside gives what is not a number. Its start is aligned to a float only, as kernels must allow.
/// </summary>
internal sealed unsafe class GuardedBuffer : IDisposable
{
    private const int Guard = 67;
    private const uint Pattern = 0x7FC0BEEF;

    private readonly float* memory;
    private readonly int length;

    public GuardedBuffer(int length)
    {
        this.length = length;
        memory = (float*)NativeMemory.Alloc((nuint)(length + (2 * Guard)), sizeof(float));
        new Span<uint>(memory, length + (2 * Guard)).Fill(Pattern);
    }

    public GuardedBuffer(ReadOnlySpan<float> values)
        : this(values.Length) => values.CopyTo(Span);

    public float* Pointer => memory + Guard;

    public Span<float> Span => new(Pointer, length);

    public void AssertGuards()
    {
        Assert.Equal(-1, new Span<uint>(memory, Guard).IndexOfAnyExcept(Pattern));
        Assert.Equal(-1, new Span<uint>(memory + Guard + length, Guard).IndexOfAnyExcept(Pattern));
    }

    public void Dispose() => NativeMemory.Free(memory);
}
