using System.Collections.Immutable;
using System.Text.Json;

namespace Graft.Formats.Keras;

/// <summary>What Teachable Machine writes beside its model.</summary>
/// <param name="Labels">The classes in the order of the outputs.</param>
/// <param name="ImageSize">The side of the image.</param>
/// <param name="CropFraction">The part of the shorter side that is cut out.</param>
/// <param name="Provenance">Its version and the model's name.</param>
internal sealed record TeachableMachine(ImmutableArray<string> Labels, int ImageSize, double CropFraction, ImmutableSortedDictionary<string, string> Provenance)
{
    /// <summary>What <see cref="TfjsExporter"/> calls itself, where Teachable Machine writes the name of its package.</summary>
    public const string Own = "graft";

    /// <summary>What the provenance of models that <see cref="TfjsExporter"/> has written calls it.</summary>
    public const string OwnSource = "TensorFlow.js layers model of Graft";

    /// <summary>What its models' provenance calls it.</summary>
    public const string Name = "Teachable Machine";

    private const string FileName = "metadata.json";
    private const int MostLabels = 1 << 20;

    /// <summary>Reads <c>metadata.json</c>, or gives null when there is none, or one of something else.</summary>
    public static TeachableMachine? Read(FileSet files)
    {
        byte[]? bytes = files.TryRead(FileName);
        if (bytes is null) return null;
        using JsonDocument document = JsonPart.Parse(files.Name, FileName, bytes, depth: 16);
        JsonPart root = new(files.Name, FileName, document.RootElement);
        if (root.FindValue("labels") is not { } labels) return null;
        ImmutableSortedDictionary<string, string>.Builder provenance = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        provenance["source"] = root.FindValue("packageName") is { Kind: JsonValueKind.String } package && package.String() == Own ? OwnSource : Name;
        Note("tmVersion", "source_version");
        Note("modelName", "source_model");
        Note("timeStamp", "source_time");
        return new TeachableMachine([.. labels.Items(MostLabels).Select(label => label.String())], root.FindValue("imageSize")?.Int(1, 1 << 14) ?? 224, Crop(), provenance.ToImmutable());

        double Crop()
        {
            if (root.FindValue("cropFraction") is not { } crop) return 1;
            double part = crop.Number();
            return part is > 0 and <= 1 ? part : throw crop.Error($"must be over 0 and at most 1, not {part}.");
        }

        void Note(string name, string key)
        {
            if (root.FindValue(name) is { Kind: JsonValueKind.String } value) provenance[key] = value.String();
        }
    }
}
