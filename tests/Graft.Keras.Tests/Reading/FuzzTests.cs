using System.Buffers.Binary;
using System.Text;

namespace Graft.Keras.Tests.Reading;

/// <summary>Damaged files give errors or models, and take memory in proportion to the file: <see cref="Fuzz"/>.</summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Inputs = 2000;

    private static readonly ulong[] Extremes = [0, 1, 2, 8, 96, 255, 4096, 1 << 16, 1 << 24, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 40, long.MaxValue, ulong.MaxValue];

    /// <summary>Bytes of HDF5 files, and the addresses, sizes and counts in their structures.</summary>
    [Fact]
    public void Hdf5Files()
    {
        byte[][] seeds = [.. new[] { "keras1.h5", "keras2.h5", "latest.h5", "nested.h5" }.Select(KerasFile.Bytes)];
        int[][] words = [.. seeds.Select(Words)];
        Fuzz.Run(mutator =>
        {
            int which = mutator.Next(seeds.Length);
            byte[] bytes = mutator.Next(4) == 0 ? mutator.Bytes(seeds[which], seeds[0]) : Structures(mutator, seeds[which], words[which]);
            return (bytes.Length, () => KerasImporter.Import(bytes, "x"));
        }, output.WriteLine, Inputs);
    }

    /// <summary>The text of a model, and the archive around it.</summary>
    [Fact]
    public void Archives()
    {
        byte[][] seeds = [.. new[] { "layers.keras", "nested.keras" }.Select(KerasFile.Bytes)];
        string[] names = ["layers.keras", "nested.keras"], configs = [.. names.Select(name => Encoding.UTF8.GetString(KerasFile.Part(name, "config.json")))];
        byte[][] weights = [.. names.Select(name => KerasFile.Part(name, "model.weights.h5"))];
        int[][] words = [.. weights.Select(Words)];
        Fuzz.Run(mutator =>
        {
            int which = mutator.Next(2);
            byte[] bytes = mutator.Next(5) switch
            {
                0 => mutator.Bytes(seeds[which], seeds[1 - which]),
                1 => KerasFile.Pack(names[which], "model.weights.h5", Structures(mutator, weights[which], words[which])),
                _ => KerasFile.Pack(names[which], "config.json", Encoding.UTF8.GetBytes(mutator.Json(configs[which]))),
            };
            return (bytes.Length, () => KerasImporter.Import(bytes, "x"));
        }, output.WriteLine, Inputs / 2);
    }

    // Places near the signatures of structures, and those whose eight bytes could be an address or a size.
    private static int[] Words(byte[] file)
    {
        List<int> places = [];
        ReadOnlySpan<byte> bytes = file;
        for (int at = 0; at + 8 <= file.Length; at += 2)
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
            bool isSignature = bytes[at..].StartsWith("TREE"u8) || bytes[at..].StartsWith("SNOD"u8) || bytes[at..].StartsWith("HEAP"u8) || bytes[at..].StartsWith("GCOL"u8) || bytes[at..].StartsWith("OHDR"u8);
            if (isSignature || (at % 8 == 0 && word > 0 && word <= (ulong)file.Length)) places.Add(at);
        }

        return [.. places];
    }

    private static byte[] Structures(Mutator mutator, byte[] seed, int[] words)
    {
        byte[] bytes = [.. seed];
        for (int i = 1 + mutator.Next(4); i > 0; i--)
        {
            int at = Math.Min(words[mutator.Next(words.Length)] + (4 * mutator.Next(3)), bytes.Length - 8);
            ulong value = mutator.Next(3) switch
            {
                0 => Extremes[mutator.Next(Extremes.Length)],
                1 => (ulong)(8 * mutator.Next(bytes.Length / 8)),
                _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(Math.Min(words[mutator.Next(words.Length)], bytes.Length - 8))),
            };
            if (mutator.Next(3) == 0) bytes[at + mutator.Next(8)] = (byte)value;
            else BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), value);
        }

        return bytes;
    }
}
