using System.Collections.Immutable;
using Graft.Formats;
using Graft.Networks;

namespace Graft.Cli.Commands.Importing;

/// <summary>A text file of names of classes, each on a line of its own, as networks of other programs have them beside them.</summary>
internal static class LabelsFile
{
    private const int MostBytes = 64 << 20;

    /// <summary>Reads the names of a model's classes.</summary>
    /// <param name="path">The file; empty lines at its end are left out.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="GraftException">There is no such file, it has more or fewer names than the model has classes, or a name is empty.</exception>
    public static ImmutableArray<string> Read(string path, Model model)
    {
        if (!File.Exists(path)) throw new GraftException($"There is no file '{path}'.");
        if (new FileInfo(path).Length > MostBytes) throw new GraftException($"'{path}' is no list of names: it has more than {MostBytes >> 20} MB.");
        NetworkOutput main = model.Network.Graph.Outputs[^1];
        if (main.Name != ClassifierHead.Logits) throw new GraftException($"--labels names the classes of a head, and what is imported is a trunk without one.");
        int classes = model.Network.Graph.Shapes[main.Value][^1];
        string[] names = [.. File.ReadAllText(path).TrimEnd().Split('\n').Select(line => line.Trim())];
        if (names.Length != classes) throw new GraftException($"'{path}' has {Amount.Of(names.Length, "name")}, and the network has {Amount.Of(classes, "class")}. Each class has its name on a line of its own.");
        int bad = Array.FindIndex(names, name => name.Length is 0 or > ModelFile.LongestLabel);
        return bad < 0 ? [.. names] : throw new GraftException($"'{path}', line {bad + 1}: the name of a class has 1 to {ModelFile.LongestLabel:N0} letters.");
    }
}
