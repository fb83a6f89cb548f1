module tidewater.example/${{ values.name }}

go 1.21
