using System.Buffers;
using System.Globalization;
using Google.Protobuf;
using Graft.Formats;
using Graft.Runs.Protos;

namespace Graft.Runs.TensorBoard;

/// <summary>
/// An event file that TensorBoard shows. A run that is resumed cuts its older files at the checkpoint and begins a new one, as TensorBoard expects:
/// a reader that has already seen the later steps is told to forget them.
/// </summary>
internal sealed class EventFile
{
    private const string Prefix = "events.out.tfevents.", Version = "brain.Event:2";

    private readonly ArrayBufferWriter<byte> pending = new();
    private readonly string path;
    private readonly TimeProvider time;

    private EventFile(string path, TimeProvider time) => (this.path, this.time) = (path, time);

    /// <summary>Makes a new file, which sorts after those that exist.</summary>
    /// <exception cref="RunException">The folder cannot be written to.</exception>
    public static EventFile Make(RunFolder folder, TimeProvider time)
    {
        string[] existing = Files(folder);
        long seconds = time.GetUtcNow().ToUnixTimeSeconds();

        // A clock that went back, or a second file within a second.
        foreach (string file in existing)
        {
            if (long.TryParse(Path.GetFileName(file).AsSpan(Prefix.Length).TrimEnd(".graft"), NumberStyles.None, CultureInfo.InvariantCulture, out long taken) && taken >= seconds)
                seconds = taken + 1;
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{seconds:D10}.graft");
        EventFile made = new(folder[name], time);
        made.Add(new Event { FileVersion = Version });
        folder.Write(name, stream => stream.Write(made.pending.WrittenSpan));
        made.pending.ResetWrittenCount();
        return made;
    }

    /// <summary>Cuts every event file of a run behind a step. A file that then holds nothing is deleted.</summary>
    /// <exception cref="RunException">A file cannot be read or written.</exception>
    public static void Truncate(RunFolder folder, long step)
    {
        foreach (string file in Files(folder))
        {
            try
            {
                byte[] bytes = File.ReadAllBytes(file);
                int kept = 0, events = 0, offset = 0;
                while (Records.TryRead(bytes, ref offset, out ReadOnlySpan<byte> record) && IsUpTo(record, step))
                {
                    kept = offset;
                    events++;
                }

                // The first event only says that this is an event file.
                if (events <= 1)
                {
                    File.Delete(file);
                }
                else if (kept < bytes.Length)
                {
                    using FileStream stream = new(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
                    stream.SetLength(kept);
                    AtomicFile.Flush(stream);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw RunFolder.NotWritten(file, e);
            }
        }
    }

    /// <summary>Tells readers to forget events from a step on.</summary>
    public void Restart(long step) => Add(new Event { Step = step, SessionLog = new SessionLog { Status = SessionLog.Types.SessionStatus.Start } });

    /// <summary>Adds a point of a curve.</summary>
    public void Scalar(string tag, double? value, long step)
    {
        if (value is null) return;
        Add(new Event { Step = step, Summary = new Summary { Value = { new Summary.Types.Value { Tag = tag, SimpleValue = (float)value } } } });
    }

    /// <summary>Adds a text, which TensorBoard reads as Markdown.</summary>
    public void Text(string tag, string text, long step)
    {
        const int StringType = 7;
        TensorProto tensor = new() { Dtype = StringType, TensorShape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dim { Size = 1 } } }, StringVal = { ByteString.CopyFromUtf8(text) } };
        SummaryMetadata metadata = new() { PluginData = new SummaryMetadata.Types.PluginData { PluginName = "text" } };
        Add(new Event { Step = step, Summary = new Summary { Value = { new Summary.Types.Value { Tag = tag + "/text_summary", Tensor = tensor, Metadata = metadata } } } });
    }

    /// <summary>Writes the events that were added.</summary>
    /// <exception cref="RunException">The file is gone or cannot be written. The events are kept for another try.</exception>
    public void Flush()
    {
        AppendFile.Append(path, pending.WrittenSpan);
        pending.ResetWrittenCount();
    }

    /// <summary>The event files of a run, oldest first.</summary>
    public static string[] Files(RunFolder folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder.FullPath, Prefix + "*").Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunFolder.NotWritten(folder.ConfigPath, e);
        }
    }

    private static bool IsUpTo(ReadOnlySpan<byte> record, long step)
    {
        try
        {
            return Event.Parser.ParseFrom(record).Step <= step;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private void Add(Event entry)
    {
        entry.WallTime = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;
        Records.Write(pending, entry.ToByteArray());
    }
}
