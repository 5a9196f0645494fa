using Graft.Cli.Output;
using Graft.Formats;
using Graft.Vision.Hub;

namespace Graft.Cli;

/// <summary>Loads models of the hub for the command line: where from the environment says, how far the terminal shows.</summary>
internal static class HubSource
{
    // Endings of files that people name: what has one is no model of the hub.
    private static readonly string[] FileEndings = [".graft", ".safetensors", ".pth", ".pt", ".bin", ".onnx", ".json", ".zip", ".h5", ".keras", ".tflite"];

    /// <summary>Loads a model, downloading what the cache does not have.</summary>
    /// <param name="name">Its name, marked as one of the hub.</param>
    /// <param name="import">What is taken of its weights.</param>
    /// <param name="terminal">Where it is shown how far the download is.</param>
    public static Imported Load(string name, WeightImportOptions import, Terminal terminal)
    {
        HubName.Parse(name);
        HubOptions options = HubOptions.FromEnvironment();
        Func<string> remains = terminal.Remains;
        terminal.Remains = () => "What was downloaded is kept: the same command goes on with it.";
        Imported imported = terminal.Track($"Asking {options.Endpoint.Host}", progress =>
            Task.Run(() => ModelHub.LoadAsync(name, options, import, new Reporter(terminal, progress), terminal.Cancellation)).GetAwaiter().GetResult());
        terminal.Remains = remains;
        foreach (string note in imported.Notes) terminal.Note($"{name}: {note}");
        return imported;
    }

    /// <summary>What may have been meant by the name of a file that is not there; empty, or a sentence after a blank.</summary>
    public static string Suggestion(string name)
    {
        if (ModelHub.Trunks.FirstOrDefault(trunk => trunk.Name == HubName.Timm + name) is { } trunk) return $" Did you mean '{trunk.Name}', which is one of the hub?";
        return HubName.TryParse(name, out _) && !FileEndings.Contains(Path.GetExtension(name.Split('@')[0]).ToLowerInvariant()) ? $" If a model of Hugging Face's hub is meant, write {HubName.Mark}{name}." : "";
    }

    /// <summary>Shows a download's progress at once, on the thread that it is told on.</summary>
    private sealed class Reporter(Terminal terminal, WorkProgress work) : IProgress<HubProgress>
    {
        public void Report(HubProgress value)
        {
            if (value.Remark.Length > 0)
            {
                terminal.Note(value.Remark);
                return;
            }

            work.Begin($"Downloading {value.File}", value.Bytes);
            work.Report(value.Bytes);
        }
    }
}
