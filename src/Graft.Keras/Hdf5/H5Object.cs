using Graft.Formats;

namespace Graft.Keras.Hdf5;

/// <summary>A group or an array of an HDF5 file. What it has is read when it is asked for.</summary>
/// <param name="file">The file.</param>
/// <param name="address">Where it is.</param>
/// <param name="path">Its name, with those of the groups around it.</param>
internal sealed class H5Object(H5File file, ulong address, string path)
{
    private List<H5Message>? messages;
    private Dictionary<string, H5Object>? children;
    private Dictionary<string, H5Attribute>? attributes;

    /// <summary>Its name, with those of the groups around it.</summary>
    public string Path => path;

    /// <summary>Whether it is an array.</summary>
    public bool IsArray => Messages.Exists(message => message.Type == H5MessageType.Layout);

    /// <summary>What a group has, by name, in the order of the file; an array has nothing.</summary>
    public IReadOnlyDictionary<string, H5Object> Children => children ??= IsArray ? [] : H5Links.Read(file, Messages, path);

    private List<H5Message> Messages => messages ??= H5Message.Read(file, address);

    private Dictionary<string, H5Attribute> Attributes => attributes ??= H5Attribute.All(file, Messages, path);

    /// <summary>What is at a place below; null where there is nothing.</summary>
    /// <param name="below">Names with slashes between.</param>
    public H5Object? Find(string below)
    {
        H5Object? found = this;
        foreach (string name in below.Split('/', StringSplitOptions.RemoveEmptyEntries)) found = found?.Children.GetValueOrDefault(name);
        return found;
    }

    /// <summary>A text that hangs on it; null where there is none of that name.</summary>
    public string? Text(string attribute)
    {
        if (!Attributes.TryGetValue(attribute, out H5Attribute? found)) return null;
        return found.Count == 1 ? found.Texts(file).Single() : throw Fail($"its attribute '{attribute}' is no text");
    }

    /// <summary>Texts that hang on it; null where there are none of that name. Where they are too many for one attribute, Keras numbers several.</summary>
    public List<string>? Texts(string attribute)
    {
        if (Attributes.TryGetValue(attribute, out H5Attribute? found)) return [.. found.Texts(file)];
        List<string>? all = null;
        for (int i = 0; Attributes.TryGetValue($"{attribute}{i}", out H5Attribute? part); i++) (all ??= []).AddRange(part.Texts(file));
        return all;
    }

    /// <summary>The array that it is.</summary>
    public H5Array Array() => H5Array.Read(file, Messages, path);

    private WeightFileException Fail(string problem) => file.Fail($"{WeightFileException.Quote(path)}: {problem}");
}
