using System.Collections.Immutable;
using Graft.Cli.Output;
using Graft.Networks.Layers.Normalization;
using Graft.Networks.Passes;
using Graft.Vision;
using Graft.Vision.FineTuning;

namespace Graft.Cli.Commands.Training;

/// <summary>What <c>graft train</c> was asked to do.</summary>
internal sealed record TrainRequest
{
    public required string Images { get; init; }

    public required string Trunk { get; init; }

    public required bool IsFineTuning { get; init; }

    public required string? Output { get; init; }

    public required string? Validation { get; init; }

    /// <summary>The side of the pictures; 0 is the trunk's own.</summary>
    public required int Resolution { get; init; }

    /// <summary>The name of the normalization that replaces the trunk's; null leaves them.</summary>
    public required string? Norm { get; init; }

    public required string Runs { get; init; }

    public required string? Resume { get; init; }

    public required bool HasReport { get; init; }

    public required bool Json { get; init; }

    public required ImmutableArray<string> Arguments { get; init; }

    public required FineTunerOptions Options { get; init; }

    /// <summary>The folder's name, in the current folder, unless a file was named.</summary>
    public string OutputFile
    {
        get
        {
            if (Output is not null) return Output;
            string name = ImageSource.IsSample(Images) ? ImageSource.SampleName(Images) : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(Images)));
            return (name.Length > 0 ? name : "model") + ".graft";
        }
    }

    /// <summary>Finds the pictures and the trunk, and makes sure that the result can be written.</summary>
    public TrainInput Open(Terminal terminal, CancellationToken cancel)
    {
        ImageFolder images = ImageFolder.Scan(ImageSource.Folder(Images, terminal, cancel));
        ImageFolder? validation = Validation is null ? null : ImageFolder.Scan(Validation, requiredClasses: 1);
        Model trunk = ModelSource.Load(Trunk, terminal, Options.Readout.Seed);
        int resolution = Resolution > 0 ? Resolution : trunk.Preprocessing.Resolution;
        if (resolution != trunk.Preprocessing.Resolution)
        {
            trunk = trunk with
            {
                Network = trunk.Network.WithInputSize(resolution, resolution),
                Preprocessing = trunk.Preprocessing with { Resolution = resolution },
            };
        }

        bool isUntrained = false;
        if (Norm is not null)
        {
            ReplacedNormalization replaced = trunk.Network.ReplaceNormalization(NormalizationNames.Make(Norm));
            (trunk, isUntrained) = (trunk with { Network = replaced.Network }, replaced.MustBeTrained);
            terminal.Note(replaced.Report);
        }

        // Before the work, not after it: a place that cannot be written is known now.
        Graft.Cli.Output.OutputFile.RequireWritable(OutputFile);
        terminal.Note($"{images.Items.Count:N0} pictures of {images.Classes.Count:N0} classes; trunk {trunk.Network.Graph.Architecture} at {trunk.Preprocessing.Resolution}x{trunk.Preprocessing.Resolution}.");
        return new TrainInput(images, validation, trunk, isUntrained);
    }
}

/// <summary>What is trained on.</summary>
/// <param name="Images">The pictures to learn from.</param>
/// <param name="Validation">The pictures to judge by, or null.</param>
/// <param name="Trunk">The trunk.</param>
/// <param name="IsUntrained">Whether what the trunk had learned was lost.</param>
internal sealed record TrainInput(ImageFolder Images, ImageFolder? Validation, Model Trunk, bool IsUntrained);
