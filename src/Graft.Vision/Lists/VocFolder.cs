using System.Xml;
using Graft.Vision.Decoding;

namespace Graft.Vision.Lists;

/// <summary>
/// Pascal VOC's layout (Everingham et al. 2010): <c>JPEGImages</c>, a file of XML for each image in <c>Annotations</c>, and <c>ImageSets/Main/train.txt</c>, <c>val.txt</c> and <c>test.txt</c>. Labels of an image are the names of the
/// objects in it; where they are does not count.
/// </summary>
internal sealed class VocFolder : IImageList
{
    private const string Annotations = "Annotations", Images = "JPEGImages";
    private const long LongestFile = 16 << 20;

    private readonly string root;
    private readonly Dictionary<string, string> parts = new(StringComparer.Ordinal);

    private VocFolder(string root)
    {
        this.root = root = Path.GetFullPath(root);
        foreach (string part in (string[])["train", "val", "test"])
        {
            string list = Path.Combine(root, "ImageSets", "Main", part + ".txt");
            if (!File.Exists(list)) continue;
            foreach (string line in File.ReadLines(list)) parts[line.Split(' ', 2)[0].Trim()] = part;
        }
    }

    public IReadOnlyList<string> Columns { get; } = ["path", "labels", "split"];

    public string LabelsFrom => "the names of its objects";

    /// <summary>The annotations of a folder that has both of VOC's; null of any other.</summary>
    public static VocFolder? Find(string path) =>
        Directory.Exists(Path.Combine(path, Annotations)) && Directory.Exists(Path.Combine(path, Images)) ? new VocFolder(path) : null;

    public IEnumerable<(int Number, string[] Cells)> Rows()
    {
        int number = 0;
        Dictionary<string, string> images = Directory.EnumerateFiles(Path.Combine(root, Images)).Where(ImageFormats.IsImage).GroupBy(file => Path.GetFileNameWithoutExtension(file), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Order(StringComparer.Ordinal).First(), StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(root, Annotations), "*.xml").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileNameWithoutExtension(file);
            string image = images.GetValueOrDefault(name) ?? Path.Combine(root, Images, name + ".jpg");
            yield return (++number, [image, string.Join(ListCells.Apart, Labels(file)), parts.GetValueOrDefault(name, "")]);
        }
    }

    private static SortedSet<string> Labels(string file)
    {
        SortedSet<string> labels = new(StringComparer.Ordinal);
        try
        {
            using XmlReader reader = XmlReader.Create(file, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersInDocument = LongestFile });
            int depth = -1;
            while (reader.Read())
            {
                if (reader is { NodeType: XmlNodeType.Element, Name: "object" }) depth = reader.Depth;
                else if (reader is { NodeType: XmlNodeType.EndElement, Name: "object" }) depth = -1;

                // Parts of an object have names, too, one level deeper.
                else if (reader is { NodeType: XmlNodeType.Element, Name: "name" } && reader.Depth == depth + 1 && depth >= 0) labels.Add(reader.ReadElementContentAsString().Trim().Replace(ListCells.Apart, ','));
            }
        }
        catch (XmlException e)
        {
            throw new GraftException($"'{file}' cannot be read: {e.Message} Correct it, or move it away.", e);
        }

        return labels;
    }
}
