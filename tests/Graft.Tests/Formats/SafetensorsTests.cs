using System.Buffers.Binary;
using System.Text;
using Graft.Formats;
using Graft.Tensors;

namespace Graft.Tests.Formats;

public class SafetensorsTests
{
    /// <summary>The bytes of a file with this header and this much data.</summary>
    internal static byte[] FileOf(string header, int dataBytes)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + text.Length + dataBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)text.Length);
        text.CopyTo(bytes, 8);
        return bytes;
    }

    private static TensorFile Read(byte[] bytes) => Safetensors.Read(new MemoryStream(bytes), "x");

    [Fact]
    public void ReadsEveryKindOfNumber()
    {
        TensorFile file = Safetensors.Read(Fixture.Path("Formats", "small.safetensors"));
        Assert.Equal(["double", "long", "single", "int", "half", "brain", "short", "byte", "signed", "truth", "empty"], file.Tensors.Keys);
        Assert.Equal("hand", file.Metadata["made by"]);
        Check("double", [2], [1.5f, -1e-3f]);
        Check("long", [], [7]);
        Check("single", [2, 3], [0, 0.25f, 0.5f, 0.75f, 1, 1.25f]);
        Check("int", [2], [-5, 1 << 20]);
        Check("half", [3], [0.5f, -65504, (float)(Half)6e-8]);
        Check("brain", [2], [1, -2.5f]);
        Check("short", [1], [-300]);
        Check("byte", [2], [0, 255]);
        Check("signed", [1], [-128]);
        Check("truth", [2], [1, 0]);
        Check("empty", [0, 4], []);

        void Check(string name, Shape shape, float[] values)
        {
            Assert.Equal(shape, file.Tensors[name].Shape);
            Assert.Equal(values, file.Tensors[name].Span.ToArray());
        }
    }

    [Fact]
    public void WritesTheSameBytesForTheSameTensorsAndReadsThemBack()
    {
        Dictionary<string, Tensor> tensors = new()
        {
            ["b"] = TestNumbers.UniformTensor([3, 5], 1),
            ["a \"quoted\" 김"] = TestNumbers.UniformTensor([7], 2),
        };
        MemoryStream first = new(), second = new();
        Safetensors.Write(first, tensors, new Dictionary<string, string> { ["z"] = "1", ["y"] = "2" });
        Safetensors.Write(second, tensors, new Dictionary<string, string> { ["y"] = "2", ["z"] = "1" });
        Assert.Equal(first.ToArray(), second.ToArray());
        Assert.Equal(0ul, BinaryPrimitives.ReadUInt64LittleEndian(first.ToArray()) % 8);

        TensorFile back = Read(first.ToArray());
        Assert.Equal(["b", "a \"quoted\" 김"], back.Tensors.Keys);
        Assert.Equal(tensors["b"].Span.ToArray(), back.Tensors["b"].Span.ToArray());
        Assert.Equal(tensors["a \"quoted\" 김"].Span.ToArray(), back.Tensors["a \"quoted\" 김"].Span.ToArray());
        Assert.Equal("1", back.Metadata["z"]);
    }

    [Fact]
    public void HalfPrecisionKeepsVectorsAndLargeNumbers()
    {
        Tensor large = new([1, 2], [1, 70000]);
        Tensor matrix = TestNumbers.UniformTensor([3, 3], 1), vector = TestNumbers.UniformTensor([3], 2);
        MemoryStream stream = new();
        Safetensors.Write(stream, new Dictionary<string, Tensor> { ["matrix"] = matrix, ["large"] = large, ["vector"] = vector }, null, WeightPrecision.Float16);
        TensorFile back = Read(stream.ToArray());
        Assert.Equal(["large", "vector", "matrix"], back.Tensors.Keys);
        Assert.Equal([1, 70000], back.Tensors["large"].Span.ToArray());
        Assert.Equal(vector.Span.ToArray(), back.Tensors["vector"].Span.ToArray());
        Assert.Equal([.. matrix.Span.ToArray().Select(v => (float)(Half)v)], back.Tensors["matrix"].Span.ToArray());
    }

    [Fact]
    public void RefusesASmallFile() =>
        Refused([1, 2, 3], "x: it is no model. Expected is a .safetensors file.");

    [Fact]
    public void RefusesAHeaderLongerThanTheFile() =>
        Refused([100, 0, 0, 0, 0, 0, 0, 0, (byte)'{'], "x, byte 0: the header should have 100 bytes, but only 1 follow: the file is cut off.");

    [Fact]
    public void RefusesAHugeHeader() =>
        Refused([0, 0, 0, 0, 0, 0, 0, 128, (byte)'{'], "x, byte 0: a safetensors header has at most 100000000 bytes, not 9223372036854775808.");

    [Fact]
    public void RefusesWhatIsNotJson() =>
        Refused(FileOf("[]", 0), "x: it is no model. Expected is a .safetensors file.");

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, 4, "x, byte BYTE: tensor 'a' starts at byte 4 of the buffer and leaves a hole after what ends at byte 0.")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, 4, "x, byte BYTE: tensor 'b' starts at byte 4 of the buffer and overlaps with what ends at byte 8.")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 6, 4, "x, byte BYTE: the tensors end at byte 4 of the buffer, which has 6 bytes.")]
    public void RefusesHolesAndOverlaps(string header, int bytes, int at, string message) =>
        Refused(FileOf(header, bytes), message.Replace("BYTE", (8 + header.Length + at).ToString()));

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", "x: 'a' has 8 bytes, but its shape [1] takes 4.")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296],"data_offsets":[0,8]}}""", "x: 'a'.shape[0] must be a whole number from 0 to 2147483647, not 4294967296.")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "x: 'a'.shape[0] must be a whole number from 0 to 2147483647, not -2.")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,8]}}""", "x: 'a' has 8 bytes, but its shape [2147483647, 2147483647, 2147483647] takes 18446744056529682436.")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,16]}}""", "x: 'a' ends at byte 16 of the tensors, of which the file has 8: it was cut short. Copy it again.")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "x: 'a'.data_offsets must hold 2 numbers, not 1.")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", "x: 'a'.dtype is 'F8_E4M3', which is not read. It may be F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL.")]
    [InlineData("""{"a":{"shape":[8],"data_offsets":[0,8]}}""", "x: 'a' has no 'dtype'.")]
    [InlineData("""{"a":7}""", "x: 'a' must be an object, not 7.")]
    [InlineData("""{"__metadata__":{"k":1}}""", "x: '__metadata__'.k must be a string, not 1.")]
    public void RefusesEntriesThatBreakARule(string header, string message) => Refused(FileOf(header, 8), message);

    [Fact]
    public void RefusesDuplicateNames()
    {
        string entry = "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";
        WeightFileException e = Assert.Throws<WeightFileException>(() => Read(FileOf($"{{{entry},{entry}}}", 4)));
        Assert.StartsWith("x: the header is not valid JSON: Duplicate property 'a' encountered", e.Message);
    }

    [Fact]
    public void RefusesInvalidUtf8()
    {
        byte[] bytes = FileOf("""{"a":{}}""", 0);
        bytes[10] = 0xff;
        Refused(bytes, "x: the header is not valid UTF-8.");
    }

    [Fact]
    public void ReadsAStreamThatCannotSeek()
    {
        byte[] bytes = File.ReadAllBytes(Fixture.Path("Formats", "small.safetensors"));
        using System.IO.Compression.BrotliStream stream = new(Compressed(bytes), System.IO.Compression.CompressionMode.Decompress);
        Assert.Equal(11, Safetensors.Read(stream, "x").Tensors.Count);

        static MemoryStream Compressed(byte[] bytes)
        {
            MemoryStream stream = new();
            using (System.IO.Compression.BrotliStream brotli = new(stream, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true)) brotli.Write(bytes);
            stream.Position = 0;
            return stream;
        }
    }

    private static void Refused(byte[] bytes, string message) => Assert.Equal(message, Assert.Throws<WeightFileException>(() => Read(bytes)).Message);
}
