using System.Buffers;
using System.Text;
using Graft.Runs.TensorBoard;

namespace Graft.Runs.Tests.TensorBoard;

public class EventFileTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283)]
    [InlineData("a", 0xC1D04330)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404)]
    public void ChecksumsAreThoseThatArePublished(string text, uint expected)
    {
        Assert.Equal(expected, Records.Crc32C(Encoding.ASCII.GetBytes(text)));
        Assert.Equal(expected, EventReader.Crc(Encoding.ASCII.GetBytes(text)));
    }

    /// <summary>RFC 3720, B.4.</summary>
    [Fact]
    public void ChecksumsAreThoseOfIScsi()
    {
        Assert.Equal(0x8A9136AAu, Records.Crc32C(new byte[32]));
        Assert.Equal(0x62A8AB43u, Records.Crc32C([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0x46DD794Eu, Records.Crc32C([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
    }

    [Fact]
    public void BytesAreThoseOfAnotherWriter()
    {
        byte[] expected = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "TensorBoard", "Fixtures", "torchsharp.tfevents"));
        List<ReadEvent> theirs = EventReader.Read(expected);
        using TemporaryFolder root = new();
        TestClock clock = new();
        RunFolder folder = Folder(root);
        EventFile file = EventFile.Make(folder, clock);
        clock.Now = At(1_800_000_000);
        file.Scalar("epoch/val_top1", 0.75, 3);
        clock.Now = At(1_800_000_001);
        file.Scalar("step/loss", 1.5, 4);
        file.Flush();
        byte[] ours = File.ReadAllBytes(EventFile.Files(folder).Single());

        // All but two things: the first event's time, of which that writer makes no seconds, and the text's shape, which it leaves out.
        Assert.Equal(expected[..12], ours[..12]);
        Assert.Equal(expected[21..36], ours[21..36]);
        Assert.Equal(expected[40..ours.Length], ours[40..]);

        clock.Now = At(1_800_000_000);
        file.Text("config", "a **b** Blüte", 0);
        file.Flush();
        Assert.Equal(theirs[1..], EventReader.Read(File.ReadAllBytes(EventFile.Files(folder).Single()))[1..]);
        Assert.Equal([new(theirs[0].WallTime, 0, Version: "brain.Event:2"), new(1_800_000_000, 3, Tag: "epoch/val_top1", Value: 0.75f), new(1_800_000_001, 4, Tag: "step/loss", Value: 1.5f), new(1_800_000_000, 0, Tag: "config/text_summary", Text: "a **b** Blüte", Plugin: "text")], theirs);
    }

    [Fact]
    public void ARecordIsItsLengthItsBytesAndTheirChecksums()
    {
        ArrayBufferWriter<byte> output = new();
        Records.Write(output, "123456789"u8);

        // 0xE3069283 turned right by 15 is 0x2507C60D; and 0xA282EAD8 is 0xC78AB0E5.
        Assert.Equal("0900000000000000", Convert.ToHexString(output.WrittenSpan[..8]));
        Assert.Equal("123456789", Encoding.ASCII.GetString(output.WrittenSpan[12..21]));
        Assert.Equal("E5B08AC7", Convert.ToHexString(output.WrittenSpan[21..]));

        int offset = 0;
        Assert.True(Records.TryRead(output.WrittenSpan, ref offset, out ReadOnlySpan<byte> record));
        Assert.True(record.SequenceEqual("123456789"u8));
        Assert.Equal(25, offset);
        Assert.False(Records.TryRead(output.WrittenSpan, ref offset, out _));
    }

    [Fact]
    public void ARecordThatIsCutOrDamagedIsNotRead()
    {
        ArrayBufferWriter<byte> output = new();
        Records.Write(output, "some bytes"u8);
        byte[] whole = output.WrittenSpan.ToArray();
        for (int i = 0; i < whole.Length; i++)
        {
            int offset = 0;
            Assert.False(Records.TryRead(whole.AsSpan(0, i), ref offset, out _));
            byte[] damaged = [.. whole];
            damaged[i] ^= 4;
            Assert.False(Records.TryRead(damaged, ref offset, out _));
            Assert.Equal(0, offset);
        }
    }

    [Fact]
    public void CuttingLeavesTheEventsUpToAStepWhateverTheLastBytesAre()
    {
        using TemporaryFolder root = new();
        RunFolder folder = Folder(root);
        TestClock clock = new();
        EventFile first = EventFile.Make(folder, clock);
        for (int step = 1; step <= 5; step++) first.Scalar("step/loss", step, step);
        first.Flush();
        string path = EventFile.Files(folder).Single();
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..^7]);
        EventFile.Make(folder, clock);
        Assert.Equal(2, EventFile.Files(folder).Length);

        EventFile.Truncate(folder, 9);
        Assert.Equal(path, EventFile.Files(folder).Single());
        Assert.Equal([0, 1, 2, 3, 4], EventReader.Read(File.ReadAllBytes(path)).Select(e => e.Step));

        EventFile.Truncate(folder, 2);
        Assert.Equal([0, 1, 2], EventReader.Read(File.ReadAllBytes(path)).Select(e => e.Step));

        EventFile.Truncate(folder, 0);
        Assert.Empty(EventFile.Files(folder));
    }

    [Fact]
    public void ALaterFileSortsAfterAnEarlierOneEvenWhenTheClockGoesBack()
    {
        using TemporaryFolder root = new();
        RunFolder folder = Folder(root);
        TestClock clock = new() { Now = At(1_800_000_000) };
        EventFile.Make(folder, clock);
        EventFile.Make(folder, clock);
        clock.Now = At(1_700_000_000);
        EventFile.Make(folder, clock);
        Assert.Equal(
            ["events.out.tfevents.1800000000.graft", "events.out.tfevents.1800000001.graft", "events.out.tfevents.1800000002.graft"],
            EventFile.Files(folder).Select(Path.GetFileName));
    }

    private static RunFolder Folder(TemporaryFolder root)
    {
        Directory.CreateDirectory(root["run"]);
        return RunFolder.Open(root.Path, "run");
    }

    private static DateTimeOffset At(double seconds) => DateTimeOffset.UnixEpoch + TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));
}
