using Graft.Cli.Commands.Importing;
using Graft.Cli.Output;
using Graft.Formats;
using Graft.Keras;
using Graft.Lite;
using Graft.Models;
using Graft.Networks;
using Graft.Onnx;
using Graft.Vision.Hub;

namespace Graft.Cli;

/// <summary>Finds the model that a name or a path on the command line means.</summary>
internal static class ModelSource
{
    /// <summary>The name of the usual trunk that comes with Graft.</summary>
    public const string Builtin = BuiltinTrunks.Usual;

    // The trunk in the box that has a head.
    private const string WithClasses = "builtin-large";

    private static readonly string[] KerasEndings = [".h5", ".hdf5", ".keras"];

    // What the names of architectures stand for elsewhere, too.
    private const int ImageNetClasses = 1000;

    /// <summary>Loads a model from a file or from the hub, or makes one with random weights from an architecture's name.</summary>
    /// <param name="name">A path, the name of a trunk that comes with Graft, that of a model of the hub, or an architecture's name.</param>
    /// <param name="terminal">Where it is said that weights are random, and how far a download is.</param>
    /// <param name="seed">The seed of random weights.</param>
    /// <param name="limits">What a file's network may cost; null for the usual limits.</param>
    public static Model Load(string name, Terminal terminal, ulong seed = 0, NetworkLimits? limits = null)
    {
        if (Path.Exists(name))
        {
            terminal.Written.RequireOthers([name]);
            ImportedModel imported = Import(name, new ImportRequest { Limits = limits ?? NetworkLimits.Default }, terminal);
            if (imported.AssumesPreprocessing) terminal.Warn(ImportedModel.Assumption(name, imported.Model));
            return imported.Model;
        }

        if (BuiltinTrunks.Names.Contains(name)) return BuiltinTrunks.Load(name);
        if (Architectures.TryGet(name, out Architecture? architecture))
        {
            terminal.Note($"'{name}' is the name of an architecture: its weights are random.");
            return new Model(Network.Random(architecture.Trunk().WithHead(ImageNetClasses), seed)) { Preprocessing = architecture.Preprocessing with { Decoding = JpegDecoding.Scaled } };
        }

        if (HubName.IsMarked(name)) return HubSource.Load(name, new WeightImportOptions { Limits = limits ?? NetworkLimits.Default }, terminal).Model;
        if (Path.GetExtension(name).Length > 0 || name.AsSpan().ContainsAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar))
            throw NoFile(name);
        throw new ArgumentsException($"'{name}' is neither a file nor a model that Graft knows. It knows {string.Join(", ", BuiltinTrunks.Names)}, those of the hub that 'graft models' lists, and with random weights {string.Join(", ", Architectures.All.Select(a => a.Name))}.");
    }

    /// <summary>The limits that a command was asked to keep to.</summary>
    public static NetworkLimits Limits(bool anySize) => anySize ? NetworkLimits.None : NetworkLimits.Default;

    /// <summary>Loads a model that has a head.</summary>
    /// <param name="name">A path, the name of a model of the hub, or an architecture's name.</param>
    /// <param name="terminal">Where it is said that weights are random, and how far a download is.</param>
    /// <param name="limits">What a file's network may cost.</param>
    public static Model Classifier(string name, Terminal terminal, NetworkLimits limits)
    {
        Model model = Load(name, terminal, limits: limits);
        if (model.Network.Graph.Outputs.Any(o => o.Name == ClassifierHead.Logits)) return model;
        throw new GraftException($"'{name}' is a trunk without a head: it has no classes. Train one on it: graft train FOLDER --trunk {name}. '{WithClasses}' knows the {ImageNetClasses:N0} classes of ImageNet.");
    }

    /// <summary>Makes sure that there is a file under a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="remedy">A sentence that says how such a file is made.</param>
    public static void RequireFile(string name, string remedy)
    {
        if (Directory.Exists(name)) throw new GraftException($"'{name}' is a folder, and a .graft file is expected.");
        if (!File.Exists(name)) throw new GraftException($"There is no file '{name}'. {remedy}");
    }

    /// <summary>Reads a file of any format that Graft knows, or a model of the hub.</summary>
    /// <param name="path">The file, or the model's name.</param>
    /// <param name="request">What is wanted of it.</param>
    /// <param name="terminal">Where it is said how far a download is.</param>
    public static ImportedModel Import(string path, ImportRequest request, Terminal terminal)
    {
        if (!Path.Exists(path) && HubName.IsMarked(path))
        {
            Imported model = HubSource.Load(path, new WeightImportOptions { DropHead = request.DropHead, Take = request.Take, Architecture = request.Architecture, Limits = request.Limits }, terminal);
            return new ImportedModel(model.Model, Lines(model.Report.ToString(), model.Notes), model.AssumesPreprocessing);
        }

        if (!Path.Exists(path)) throw NoFile(path);
        if (path.EndsWith(".tflite", StringComparison.OrdinalIgnoreCase)) return ImportLite(path, request);
        if (request.Weights is not null) throw new ArgumentsException($"--weights says what becomes of the whole numbers of a TensorFlow Lite file (.tflite), and '{path}' is none.");
        if (KerasEndings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))) return ImportKeras(path, request);
        if (path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            RequireNoChoice(request, path);
            NoModel.Refuse(path, "an ONNX file");
            if (request.PreprocessingFile is { } file && !File.Exists(file)) throw NoFile(file);
            OnnxImport onnx = OnnxImporter.Import(path, new OnnxImportOptions { Resolution = request.Resolution, DropHead = request.DropHead, PreprocessingFile = request.PreprocessingFile });
            if (request.Limits.Exceeded(onnx.Model.Network.Graph) is { } exceeded) throw new GraftException($"'{path}': {exceeded}");
            return new ImportedModel(onnx.Model, Lines($"{path}: {Amount.Of(onnx.Report.Nodes, "node")}, operator set {onnx.Report.OperatorSet}", onnx.Report.Notes), onnx.Report.AssumesPreprocessing);
        }

        RequireNoPreprocessingFile(request, path);
        Imported imported = WeightImporter.Import(path, new WeightImportOptions { DropHead = request.DropHead, Take = request.Take, Architecture = request.Architecture, Limits = request.Limits });
        if (!imported.IsStateDictionary) RequireNoChoice(request, path);
        return new ImportedModel(imported.Model, Lines(imported.Report.ToString(), imported.Notes), imported.AssumesPreprocessing);
    }

    private static ImportedModel ImportKeras(string path, ImportRequest request)
    {
        RequireNoChoice(request, path);
        KerasImportOptions options = new() { DropHead = request.DropHead };
        KerasImport keras = KerasImporter.Import(path, request.Resolution is { } resolution ? options with { Resolution = resolution } : options);
        if (request.Limits.Exceeded(keras.Model.Network.Graph) is { } exceeded) throw new GraftException($"'{path}': {exceeded}");
        return new ImportedModel(keras.Model, Lines(keras.Report.Weights.ToString(), keras.Report.Notes), keras.Report.AssumesPreprocessing);
    }

    private static ImportedModel ImportLite(string path, ImportRequest request)
    {
        RequireNoPreprocessingFile(request, path);
        RequireNoChoice(request, path);
        NoModel.Refuse(path, "a TensorFlow Lite file");
        LiteImport lite = LiteImporter.Import(path, new LiteImportOptions { Resolution = request.Resolution, DropHead = request.DropHead, Weights = request.Weights ?? LiteWeights.Exact });
        if (request.Limits.Exceeded(lite.Model.Network.Graph) is { } exceeded) throw new GraftException($"'{path}': {exceeded}");
        return new ImportedModel(lite.Model, Lines($"{path}: {Amount.Of(lite.Report.Operators, "operator")}", lite.Report.Notes), lite.Report.AssumesPreprocessing);
    }

    private static GraftException NoFile(string name) => new($"There is no file '{name}'.{HubSource.Suggestion(name)}");

    private static string Lines(string first, IEnumerable<string> notes) => string.Join('\n', notes.Prepend(first));

    private static void RequireNoPreprocessingFile(ImportRequest request, string path)
    {
        if (request.PreprocessingFile is not null) throw new ArgumentsException($"--preprocessing is an ONNX file that prepares images for another ONNX file, and '{path}' is none.");
    }

    private static void RequireNoChoice(ImportRequest request, string path)
    {
        if (request.Take != CheckpointWeights.Preferred) throw new ArgumentsException($"--take chooses between the weights of a training's checkpoint (.pth, .safetensors), and '{path}' is none.");
        if (request.Architecture is not null) throw new ArgumentsException($"--architecture says what the weights of a state dictionary (.pth, .safetensors) are of, and '{path}' is none.");
    }
}
