using System.Text.RegularExpressions;

namespace Graft.Formats.KeyMaps;

/// <summary>Families of networks that are not read, by the names that only they have: many share their first names with one that is.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Key">The name in the file that decides.</param>
internal sealed partial record ForeignFamily(string Name, string Key)
{
    private static readonly (string Name, Regex Key)[] Known =
    [
        ("torchvision's ConvNeXt", TorchvisionConvNeXt()),
        ("torchvision's EfficientNet", TorchvisionEfficientNet()),
        ("timm's EfficientNet", TimmEfficientNet()),
        ("timm's hybrid MobileNetV4", TimmHybrid()),
        ("timm's ConvNeXt", TimmConvNeXt()),
        ("a vision transformer", Transformer()),
        ("a DenseNet", DenseNet()),
        ("a SqueezeNet", SqueezeNet()),
        ("a ShuffleNetV2", ShuffleNet()),
        ("an Inception network", Inception()),
        ("a RegNet", RegNet()),
        ("a VGG or AlexNet", Vgg()),
    ];

    /// <summary>The family of a file's names, if it is one of those.</summary>
    public static ForeignFamily? Of(IEnumerable<string> names)
    {
        string[] all = [.. names];
        foreach ((string name, Regex key) in Known)
        {
            if (all.FirstOrDefault(key.IsMatch) is { } decides) return new ForeignFamily(name, decides);
        }

        return null;
    }

    [GeneratedRegex(@"(^|\.)features\.\d+\.\d+\.layer_scale$", RegexOptions.NonBacktracking)]
    private static partial Regex TorchvisionConvNeXt();

    [GeneratedRegex(@"(^|\.)features\.\d+\.\d+\.block\.\d+\.", RegexOptions.NonBacktracking)]
    private static partial Regex TorchvisionEfficientNet();

    // MobileNetV3 has no gates there.
    [GeneratedRegex(@"(^|\.)blocks\.1\.\d+\.se\.conv_reduce\.weight$", RegexOptions.NonBacktracking)]
    private static partial Regex TimmEfficientNet();

    [GeneratedRegex(@"(^|\.)blocks\.\d+\.\d+\.attn\.(query|key)\.", RegexOptions.NonBacktracking)]
    private static partial Regex TimmHybrid();

    [GeneratedRegex(@"(^|\.)stages\.\d+\.blocks\.\d+\.gamma$", RegexOptions.NonBacktracking)]
    private static partial Regex TimmConvNeXt();

    [GeneratedRegex(@"(^|\.)(cls_token|class_token|relative_position_bias_table|attn\.qkv\.weight|self_attention\.in_proj_weight)$", RegexOptions.NonBacktracking)]
    private static partial Regex Transformer();

    [GeneratedRegex(@"(^|\.)denseblock\d+\.denselayer\d+\.", RegexOptions.NonBacktracking)]
    private static partial Regex DenseNet();

    [GeneratedRegex(@"(^|\.)features\.\d+\.squeeze\.weight$", RegexOptions.NonBacktracking)]
    private static partial Regex SqueezeNet();

    [GeneratedRegex(@"(^|\.)stage2\.0\.branch1\.0\.weight$", RegexOptions.NonBacktracking)]
    private static partial Regex ShuffleNet();

    [GeneratedRegex(@"(^|\.)(Mixed_5b|inception3a)\.", RegexOptions.NonBacktracking)]
    private static partial Regex Inception();

    [GeneratedRegex(@"(^|\.)trunk_output\.block1\.", RegexOptions.NonBacktracking)]
    private static partial Regex RegNet();

    [GeneratedRegex(@"(^|\.)features\.0\.weight$", RegexOptions.NonBacktracking)]
    private static partial Regex Vgg();
}
