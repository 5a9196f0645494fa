using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Vision.Augmentation.Operations;

/// <summary>Four neighbouring pixels, a vector for each channel.</summary>
internal readonly unsafe struct FourPixels(Vector128<int> red, Vector128<int> green, Vector128<int> blue)
{
    /// <summary>The bytes that four pixels take.</summary>
    public const int Bytes = 12;

    /// <summary>Red, green and blue weighted by ITU-R 601-2 in 16 fraction bits, as PIL rounds it.</summary>
    public Vector128<int> Grey
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ((red * Blending.RedWeight) + (green * Blending.GreenWeight) + (blue * Blending.BlueWeight) + Vector128.Create(Blending.Half)) >> 16;
    }

    /// <summary>Reads 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FourPixels Load(byte* from)
    {
        Vector128<byte> bytes = Vector128.Load(from);
        return new FourPixels(
            Vector128.Shuffle(bytes, Vector128.Create((byte)0, 255, 255, 255, 3, 255, 255, 255, 6, 255, 255, 255, 9, 255, 255, 255)).AsInt32(),
            Vector128.Shuffle(bytes, Vector128.Create((byte)1, 255, 255, 255, 4, 255, 255, 255, 7, 255, 255, 255, 10, 255, 255, 255)).AsInt32(),
            Vector128.Shuffle(bytes, Vector128.Create((byte)2, 255, 255, 255, 5, 255, 255, 255, 8, 255, 255, 255, 11, 255, 255, 255)).AsInt32());
    }

    /// <summary>Writes 12 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(byte* to)
    {
        Vector128<byte> packed = Vector128.Shuffle(
            (red | (green << 8) | (blue << 16)).AsByte(), Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255));
        Unsafe.WriteUnaligned(to, packed.AsUInt64().ToScalar());
        Unsafe.WriteUnaligned(to + 8, packed.AsUInt32().GetElement(2));
    }

    /// <summary><see cref="Blending.Mix"/> of each channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FourPixels Mix(Vector128<int> poor, float factor) => new(Mix(poor, red, factor), Mix(poor, green, factor), Mix(poor, blue, factor));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Mix(Vector128<int> poor, Vector128<int> value, float factor)
    {
        Vector128<float> mixed = Vector128.ConvertToSingle(poor) + (Vector128.ConvertToSingle(value - poor) * factor);
        return Vector128.ConvertToInt32Native(Vector128.Min(Vector128.Max(mixed, Vector128<float>.Zero), Vector128.Create(255f)));
    }
}
