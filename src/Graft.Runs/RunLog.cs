using System.Buffers;
using System.Text.Json;

namespace Graft.Runs;

/// <summary>The log of a run: one JSON object a line, kept in memory until <see cref="Flush"/>.</summary>
internal sealed class RunLog(string path)
{
    private readonly ArrayBufferWriter<byte> pending = new();

    /// <summary>Makes an empty log.</summary>
    public static void Make(RunFolder folder) => folder.Write(Path.GetFileName(folder.LogPath), _ => { });

    /// <summary>Adds a line.</summary>
    public void Add(RunMetrics metrics)
    {
        using (Utf8JsonWriter writer = new(pending)) JsonSerializer.Serialize(writer, metrics, RunJson.Default.RunMetrics);
        pending.Write("\n"u8);
    }

    /// <summary>Writes the lines that were added.</summary>
    /// <exception cref="RunException">The log is gone or cannot be written. The lines are kept for another try.</exception>
    public void Flush()
    {
        AppendFile.Append(path, pending.WrittenSpan);
        pending.ResetWrittenCount();
    }

    /// <summary>Reads a log; lines that are cut or damaged are left out.</summary>
    /// <exception cref="RunException">The log is missing or cannot be read.</exception>
    public static RunHistory Read(string path)
    {
        try
        {
            List<StepMetrics> steps = [];
            List<EpochMetrics> epochs = [];
            foreach (string line in File.ReadLines(path))
            {
                switch (Parse(line))
                {
                    case StepMetrics step:
                        steps.Add(step);
                        break;
                    case EpochMetrics epoch:
                        epochs.Add(epoch);
                        break;
                }
            }

            return new RunHistory(steps, epochs);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"The log of the run cannot be read: {RunFolder.Sentence(e.Message)} Restore '{path}', or start the run again.", e);
        }
    }

    /// <summary>Leaves only the whole lines up to a step.</summary>
    /// <returns>The lines that are left.</returns>
    /// <exception cref="RunException">The log cannot be read or written.</exception>
    public static RunHistory Truncate(RunFolder folder, long step)
    {
        if (!File.Exists(folder.LogPath)) Make(folder);
        RunHistory all = Read(folder.LogPath);
        RunHistory kept = new([.. all.Steps.Where(m => m.Step <= step)], [.. all.Epochs.Where(m => m.Step <= step)]);

        // The order in which they were added: an epoch's line follows that of its last step.
        RunLog log = new(folder.LogPath);
        foreach (RunMetrics metrics in kept.Steps.Concat<RunMetrics>(kept.Epochs).OrderBy(m => m.Step).ThenBy(m => m is EpochMetrics)) log.Add(metrics);
        folder.Write(Path.GetFileName(folder.LogPath), stream => stream.Write(log.pending.WrittenSpan));
        return kept;
    }

    private static RunMetrics? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, RunJson.Default.RunMetrics);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
