#:property PublishAot=false
#:property EnforceCodeStyleInBuild=false
#:package SkiaSharp
#:package SkiaSharp.NativeAssets.Linux.NoDependencies
using SkiaSharp;

// Draws the packages' icon: dotnet run packaging/icon.cs -- packaging/icon.png
// A stem that is cut off, the scion grafted onto it in another colour, with two leaves, and the binding where they meet.
const int Size = 128;
SKColor paper = new(0xF4, 0xF7, 0xEF), stem = new(0x7A, 0x52, 0x30), scion = new(0x2F, 0x8F, 0x4E), young = new(0x5D, 0xBB, 0x63), binding = new(0xE0, 0xA0, 0x30);

using SKSurface surface = SKSurface.Create(new SKImageInfo(Size, Size, SKColorType.Rgba8888, SKAlphaType.Premul));
SKCanvas canvas = surface.Canvas;
canvas.Clear(SKColors.Transparent);
using (SKPaint fill = new() { Color = paper, IsAntialias = true }) canvas.DrawRoundRect(new SKRect(0, 0, Size, Size), 24, 24, fill);

// The stem, with the stump of a branch that was pruned.
Stroke(stem, 15, "M 64 118 L 64 74");
Stroke(stem, 9, "M 64 96 L 44 84");

// The scion: it starts inside the stem and bends to the light; its leaves.
Stroke(scion, 10, "M 64 76 C 64 56 68 46 80 30");
Fill(scion, "M 66 58 C 40 62 24 48 20 26 C 44 24 62 36 66 58 Z");
Fill(young, "M 78 34 C 80 16 94 10 110 12 C 112 30 102 44 78 38 Z");
Fill(young, "M 68 62 C 78 48 94 48 108 58 C 98 72 80 76 68 66 Z");
Stroke(paper, 2, "M 62 54 C 50 48 38 40 30 33");

// The binding.
for (int y = 70; y <= 84; y += 7) Stroke(binding, 4, $"M 54 {y + 2} L 74 {y - 2}");

using SKImage image = surface.Snapshot();
using SKData png = image.Encode(SKEncodedImageFormat.Png, 100);
File.WriteAllBytes(args[0], png.ToArray());

void Stroke(SKColor color, float width, string path)
{
    using SKPaint paint = new() { Color = color, IsAntialias = true, Style = SKPaintStyle.Stroke, StrokeWidth = width, StrokeCap = SKStrokeCap.Round };
    using SKPath drawn = SKPath.ParseSvgPathData(path);
    canvas.DrawPath(drawn, paint);
}

void Fill(SKColor color, string path)
{
    using SKPaint paint = new() { Color = color, IsAntialias = true };
    using SKPath drawn = SKPath.ParseSvgPathData(path);
    canvas.DrawPath(drawn, paint);
}
